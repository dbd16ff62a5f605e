"""The files of a night: which ones an inbox holds, and in which order they are read (rulebook 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refund_calc.errors import NoInput
from refund_calc.inputs.contracts import OpeningRow, OrderRow, ResolutionRow, ReturnRow, Row

if TYPE_CHECKING:
    from refund_calc.inputs.mapping.rules import MappingRules

IN_AN_INBOX: dict[str, type[Row]] = {"orders": OrderRow, "returns": ReturnRow, "resolutions": ResolutionRow}
MODELS: dict[str, type[Row]] = {**IN_AN_INBOX, "opening": OpeningRow}
BY_PEOPLE = "resolutions"  # people write them: in a workbook, too


def is_of_kind(path: Path, kind: str) -> bool:
    """Whether a file in an inbox is called like one of this kind."""
    return path.match(f"{kind}*.csv") or (kind == BY_PEOPLE and path.match(f"{kind}*.xlsx"))


@dataclass(frozen=True)
class Inputs:
    """The files of a night, those of one kind in the order in which they are read."""

    orders: Sequence[Path]
    returns: Sequence[Path]
    resolutions: Sequence[Path] = ()
    opening: Sequence[Path] = ()
    export: Sequence[Path] = ()  # files of other programs, which `mapping` turns into orders and returns
    mapping: Sequence["MappingRules"] = ()

    @property
    def own(self) -> dict[str, Sequence[Path]]:
        """The files that are in our own columns, by kind."""
        return {kind: getattr(self, kind) for kind in MODELS}

    @property
    def paths(self) -> list[Path]:
        """All files."""
        return [path for paths in (*self.own.values(), self.export) for path in paths]

    def absolute(self) -> "Inputs":
        """The same files for processes that run in other folders."""
        files = (self.orders, self.returns, self.resolutions, self.opening, self.export)
        orders, returns, resolutions, opening, export = ([path.absolute() for path in paths] for paths in files)
        return Inputs(orders, returns, resolutions, opening, export, self.mapping)

    @staticmethod
    def of_inbox(inbox: Path) -> "Inputs":
        """Every orders*.csv, returns*.csv and resolutions*.csv or .xlsx of a folder. Raises NoInput without one."""
        try:
            paths = sorted(inbox.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            raise NoInput(f"{inbox}: there is no such folder; check --inbox") from None
        except OSError as error:
            raise NoInput(f"{inbox}: cannot be read ({error.strerror}); check the folder's permissions") from None
        found = {kind: [path for path in paths if is_of_kind(path, kind)] for kind in IN_AN_INBOX}
        return Inputs(found["orders"], found["returns"], found["resolutions"])

    def checked(self) -> "Inputs":
        """The same files sorted by name. Raises NoInput where orders or returns are missing."""
        for kind in ("orders", "returns"):
            if not getattr(self, kind) and not self.mapping:
                raise NoInput(f"no {kind}*.csv to read; put one into the inbox or name it with --{kind}")
        own = {kind: sorted(paths, key=lambda p: (p.name, str(p))) for kind, paths in self.own.items()}
        orders, returns, resolutions, opening = own.values()
        return Inputs(orders, returns, resolutions, opening, self.export, self.mapping)
