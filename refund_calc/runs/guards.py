"""What stops a run before anything is decided: the history, the day, rows that are missing (rulebook 9)."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from refund_calc.columns.counted import counted
from refund_calc.columns.written import iso
from refund_calc.errors import BadData, Misused, NoInput
from refund_calc.history.nights import PublishedNight, night_places
from refund_calc.history.record import sha256_of
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.tables import SourceFile
from refund_calc.night.decide import day_number
from refund_calc.policy.versions import PolicySet
from refund_calc.reports.manifest import fingerprint, fingerprint_of


def check_history(out: Path, day: str, new_history: bool) -> None:
    """Whether there never was a night or the disk is not mounted, only a person can say (rulebook 9)."""
    names = list(night_places(out))
    if not names and not new_history:
        raise NoInput(
            f"--out {out}: no night is published here, and without the earlier nights everything would be paid again; "
            "mount or correct --out, or, where there never was a night, give --new-history this once"
        )
    if new_history and names not in ([], [day]):
        other = next(name for name in names if name != day)
        raise Misused(
            f"--new-history: {out} already holds the night of {other}; --new-history is for the first night only, "
            "take it out of the command"
        )


def check_opening(inputs: Inputs, out: Path, day: str, *, is_first: bool, redo: bool) -> None:
    """Only the first night learns what was refunded before it (rulebook 9). Raises Misused on any other."""
    if inputs.opening and not is_first and not (redo and next(iter(night_places(out)), "") == day):
        raise Misused(
            "--opening: what was refunded before is read on the first night only, with --new-history, or when that "
            "night is redone; take it out of the command"
        )


def check_not_too_late(day: date, today: date, time_zone: str) -> None:
    """A mistyped year must not lock the history until then (rulebook 9)."""
    tomorrow = today + timedelta(days=1)
    if day > tomorrow:
        raise Misused(
            f"--as-of {day}: later than tomorrow, {tomorrow} in {time_zone}, and no earlier night could be run after "
            "it; correct --as-of, or look at that night with --dry-run"
        )


def check_order(nights: Sequence[PublishedNight], day: date) -> None:
    if nights and nights[-1].day > day_number(day):
        raise BadData(
            f"--as-of {day}: the last night was {iso(nights[-1].day)}, and only the latest can be run again with other "
            "inputs; nights must not go back, correct --as-of"
        )


def earlier(nights: Sequence[PublishedNight], day: date) -> PublishedNight | None:
    """The published night of this day, where it is not the latest."""
    return next((night for night in nights[:-1] if night.name == str(day)), None)


def check_expected_rows(returns: Sequence[SourceFile], expected: int) -> None:
    """Raises BadData where the returns files have fewer rows than somebody knows they must have."""
    rows = sum(source.rows for source in returns)
    if rows < expected:
        names = ", ".join(source.name for source in returns)
        raise BadData(
            f"{names}: {counted(rows, 'row')} of returns, --expect-rows wants at least {expected:,}; the export may be "
            "cut or empty: export again, or lower --expect-rows"
        )


def is_as_run(night: PublishedNight, inputs: Inputs, policies: PolicySet) -> bool:
    """Whether a published night had the same inputs and policy."""
    files = {**inputs.own, "export": inputs.export}
    sources = [(kind, _sha256(path)) for kind, paths in files.items() for path in paths]
    sources += [(mapping.source.kind, mapping.source.sha256) for mapping in inputs.mapping]
    aside = () if inputs.opening else ("opening",)  # run again without it, the first night keeps what it learnt
    return fingerprint(sources, policies) == fingerprint_of(night.manifest, aside)


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
