"""The words a cell or a policy may choose from: each list stands here and nowhere else."""

from typing import Literal, get_args

RETURN, REFUSED, CANCELLATION = "return", "refused_delivery", "cancellation"
RETURN_TYPES = (RETURN, REFUSED, CANCELLATION)

REASONS = ("manufacturing_defect", "damaged_on_arrival", "wrong_item", "changed_mind", "other")

ITEM_TYPES = ("product", "accessory")

# "won" means that the store won: the bank's customer was not paid.
DISPUTE_STATUSES = ("none", "open", "won", "lost")

# What can cost a restocking fee (RP-7): original_box is no; items_missing is yes; packaging_damaged is yes.
TRIGGERS = ("original_box_missing", "items_missing", "packaging_damaged")

# Whose turn it is: who takes the next step on a finding. "nobody" where there is nothing to do.
Turn = Literal["customer service", "warehouse", "finance", "bank", "nobody"]
TURNS: tuple[Turn, ...] = get_args(Turn)
