"""One thing that a person decided (rulebook 8), as it comes in and as it is remembered."""

from dataclasses import dataclass, field

Key = tuple[str, str, str]  # rma_number, order_number, order_line; blank where unknown


@dataclass(frozen=True)
class Resolution:
    """One resolution. Blank order_number or order_line: whichever. Two that differ in the note only are the same."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    action: str
    amount: int | None  # cents
    resolved_by: str
    note: str = field(default="", compare=False)
    is_new: bool = field(default=True, compare=False)  # it comes into force tonight

    @property
    def target(self) -> tuple[str, str, str, str]:
        """What it speaks of, as it is written."""
        return self.rma_number, self.order_number, self.order_line, self.code

    def meets(self, order_number: str) -> bool:
        """Whether it may speak of the same order as a resolution that names this one, or none."""
        return "" in (self.order_number, order_number) or self.order_number == order_number

    def names(self, order_number: str, order_line: str) -> bool:
        """Whether it speaks of this line of its RMA."""
        return self.order_number in ("", order_number) and self.order_line in ("", order_line)
