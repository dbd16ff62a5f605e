"""The files of a night: which ones an inbox holds, and in which order they are read (rulebook 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refund_calc.errors import NoInput
from refund_calc.inputs.contracts import OpeningRow, OrderRow, ResolutionRow, ReturnRow, Row

IN_AN_INBOX: dict[str, type[Row]] = {"orders": OrderRow, "returns": ReturnRow, "resolutions": ResolutionRow}
MODELS: dict[str, type[Row]] = {**IN_AN_INBOX, "opening": OpeningRow}


@dataclass(frozen=True)
class Inputs:
    """The files of a night, those of one kind in the order in which they are read."""

    orders: Sequence[Path]
    returns: Sequence[Path]
    resolutions: Sequence[Path] = ()
    opening: Sequence[Path] = ()

    @staticmethod
    def of_inbox(inbox: Path) -> "Inputs":
        """Every orders*.csv, returns*.csv and resolutions*.csv of a folder. Raises NoInput when it is not there."""
        try:
            paths = sorted(inbox.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            raise NoInput(f"{inbox}: there is no such folder; check --inbox") from None
        except OSError as error:
            raise NoInput(f"{inbox}: cannot be read ({error.strerror}); check the folder's permissions") from None
        return Inputs(**{kind: [path for path in paths if path.match(f"{kind}*.csv")] for kind in IN_AN_INBOX})

    def checked(self) -> "Inputs":
        """The same files sorted by name. Raises NoInput where orders or returns are missing."""
        for kind in ("orders", "returns"):
            if not getattr(self, kind):
                raise NoInput(f"no {kind}*.csv to read; put one into the inbox or name it with --{kind}")
        return Inputs(*(sorted(paths, key=lambda p: (p.name, str(p))) for paths in vars(self).values()))
