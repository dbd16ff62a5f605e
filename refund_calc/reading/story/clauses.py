"""The store's refund policy as it is told to a customer, clause by clause (rulebook 1). No codes, no names, no figures
that a policy version may set otherwise."""

NOTICE = "Notice of a return must be given within {period} delivery."

CLAUSES: dict[str, str] = {
    "RP-1": NOTICE.format(period="the return period after"),
    "RP-2": "Returns are open to orders within the United States only.",
    "RP-3": "Accessories cannot be returned, unless they arrived damaged.",
    "RP-4": "Purchases through Kickstarter and Indiegogo get no refund or return.",
    "RP-5": "A request for a return needs photos of product, accessories and packaging, and a short reason.",
    "RP-6": "The customer pays return shipping, which is deducted from the refund, except for a manufacturing issue.",
    "RP-7": "The original box is required; missing items or damaged packaging may cost a restocking fee.",
    "RP-8": "Damage found on return, such as cracks, dents or scratches, may be deducted.",
    "RP-9": "No refund can be made unless our warehouse receives the parcel.",
    "RP-12": "A payment that the bank has given back after a dispute is not refunded a second time.",
    "RP-13": "An order can be cancelled only before the courier picks it up; losses caused by cancelling are the "
    "customer's.",
    "RP-14": "A refused delivery is refunded once the parcel is back with us, less shipping both ways.",
    "RP-15": "The guarantee asks for product, accessories and original packaging without cracks, dents, scratches or "
    "anything else that hurts resale.",
}
BY_REVIEW = "We looked at this return in person and cannot refund it."
CAPPED = "We never deduct more than what you would get back."

WAITING: dict[str, str] = {
    "RP-1": "We are finding out when your order was delivered.",
    "RP-4": "We are checking where your order was bought.",
    "RP-5": "Please send us photos of the product, the accessories and the packaging and a short reason, if you have "
    "not done so; we then confirm the reason.",
    "RP-8": "Our warehouse is still looking at what came back.",
    "RP-9": "Your parcel has not been booked in at our warehouse; once it is, we go on.",
    "RP-12": "A dispute on this order is with your bank. We wait for its decision, which may take several months.",
    "RP-13": "We are finding out whether your order could be stopped before the courier picked it up.",
    "RP-14": "We are finding out where the refused parcel is; once it is back with us, we go on.",
}
CHECKING = "We are checking the details of your order."
