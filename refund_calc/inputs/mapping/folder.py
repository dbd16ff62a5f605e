"""A folder of exports: which files the mappings know, which are in our own columns, and the rows that they become."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import TextCells
from refund_calc.errors import NoInput
from refund_calc.inputs.cell_types import WHITE_SPACE
from refund_calc.inputs.contracts import columns
from refund_calc.inputs.csv_files import read
from refund_calc.inputs.csv_rows import BLOCK
from refund_calc.inputs.inbox import BY_PEOPLE, IN_AN_INBOX, Inputs, is_of_kind
from refund_calc.inputs.mapping.build import NO_ORDERS, build
from refund_calc.inputs.mapping.joined import positions
from refund_calc.inputs.mapping.mapped import Mapped, joined_together
from refund_calc.inputs.mapping.rules import MODELS, MappingRules, load_mapping
from refund_calc.inputs.mapping.sheet import Sheet, SheetKind, UnknownHeader, is_of, read_sheet
from refund_calc.inputs.tables import SourceFile

SUFFIXES = (".csv", ".tsv", ".txt")
Sheets = dict[str, list[Sheet]]  # by the mapping's name for the kind of file


def inputs_of(folder: Path, names: Sequence[str]) -> Inputs:
    """The files of a folder for these mappings (shipped names or paths).

    Every .csv, .tsv and .txt file is read; those in our own columns are told by name and header. Raises NoInput where
    the folder cannot be read, PolicyError (exit 78) for a mapping that cannot be used.
    """
    mappings = tuple(load_mapping(name) for name in names)
    try:
        paths = sorted(path for path in folder.iterdir() if _is_read(path))
    except (FileNotFoundError, NotADirectoryError):
        raise NoInput(f"{folder}: there is no such folder; check its name") from None
    except OSError as error:
        raise NoInput(f"{folder}: cannot be read ({error.strerror}); check the folder's permissions") from None
    own: dict[str, list[Path]] = {kind: [] for kind in IN_AN_INBOX}
    theirs: list[Path] = []
    for path in paths:
        kind = next((kind for kind in IN_AN_INBOX if is_of_kind(path, kind) and _is_own(path, kind)), None)
        (own[kind] if kind else theirs).append(path)
    return Inputs(own["orders"], own["returns"], own["resolutions"], export=theirs, mapping=mappings)


def _is_read(path: Path) -> bool:
    return (path.suffix.lower() in SUFFIXES and path.name[0] != ".") or is_of_kind(path, BY_PEOPLE)


def _is_own(path: Path, kind: str) -> bool:
    """Whether a file that is called like one of ours has our columns, too. Resolutions are always ours."""
    needs = tuple((column.name,) for column in columns(IN_AN_INBOX[kind]) if not column.optional)
    return kind == "resolutions" or is_of(path, SheetKind(kind, needs))


def map_files(inputs: Inputs, block: int = BLOCK, needs: Iterable[str] = tuple(MODELS)) -> dict[str, Mapped]:
    """orders and returns of the exports; a kind that stands in our own columns only is not there.

    Where a kind comes in our own columns, too (returns by telephone, orders of another shop), those rows stand behind
    the others: a row that stands in both is one. Raises NoInput where nothing becomes a kind that is needed; BadData
    for a file that no mapping knows.
    """
    sheets = _read(inputs, block)
    made: dict[str, list[Mapped]] = {}
    cells = _own_orders(inputs.orders)
    for ours in MODELS:  # orders first: returns may name their SKUs
        for mapping, of_kind in sheets:
            for kind, rule in mapping.rules.sheets.items():
                if rule.becomes == ours and kind in of_kind:
                    made.setdefault(ours, []).append(build(mapping, kind, of_kind, cells))
        if ours in made:
            made[ours] += [_own(ours, path, block) for path in getattr(inputs, ours)]
        if ours == "orders" and "orders" in made:
            mapped = joined_together(made["orders"])
            cells = {name: mapped.column(name) for name in NO_ORDERS} | {"order_name": mapped.names()}
    whole = {ours: joined_together(parts) for ours, parts in made.items()}
    _check(inputs, whole, needs)
    return _with_all_sources(inputs, whole, sheets)


def _read(inputs: Inputs, block: int) -> list[tuple[MappingRules, Sheets]]:
    """Every export as each mapping that knows it reads it."""
    sheets: list[tuple[MappingRules, Sheets]] = [(mapping, {}) for mapping in inputs.mapping]
    for path in inputs.export:
        unknown: UnknownHeader | None = None
        is_known = False
        for mapping, found in sheets:
            for encoding, kinds in _by_encoding(mapping):
                try:
                    kind, sheet = read_sheet(path, kinds, encoding, block)
                except UnknownHeader as error:
                    unknown = unknown or error
                    continue
                blanks = mapping.rules.sheets[kind].blanks or mapping.rules.blanks
                found.setdefault(kind, []).append(_with_blanks(sheet, blanks))
                is_known = True
                break
        if unknown and not is_known:
            raise unknown
    for mapping, found in sheets:
        for kind, rule in mapping.rules.sheets.items():
            if not rule.becomes and len(found.get(kind, ())) > 1:
                found[kind] = list(_without_repeated(found[kind]))
    return sheets


def _without_repeated(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """Files that are joined, without rows that an earlier one has: two exports that overlap are not summed twice.

    A row that a file has twice (two parcels alike) is two rows.
    """
    known = pa.array([], pa.string())
    names = sorted({name for sheet in sheets for name in sheet.columns})
    if not names:  # a kind of file of which nothing is read
        yield from sheets
        return
    for sheet in sheets:
        content = pc.binary_join_element_wise(*(sheet.column(name) for name in names), "\x1f")
        rows = pc.binary_join_element_wise(content, positions(content), "\x1f")
        new = pc.invert(pc.is_in(rows, value_set=known))
        known = pa.concat_arrays([known, rows.filter(new)])
        lines = sheet.lines[np.asarray(new.to_numpy(zero_copy_only=False), np.bool_)]
        yield replace(sheet, columns={name: cells.filter(new) for name, cells in sheet.columns.items()}, lines=lines)


def _with_blanks(sheet: Sheet, blanks: Sequence[str]) -> Sheet:
    """The sheet, with blank cells for those that stand for one."""
    if not blanks:
        return sheet
    known = pa.array(blanks, pa.string())
    columns = {name: pc.if_else(pc.is_in(cells, value_set=known), "", cells) for name, cells in sheet.columns.items()}
    return replace(sheet, columns=columns)


def _by_encoding(mapping: MappingRules) -> Iterator[tuple[str, list[SheetKind]]]:
    """The kinds of file of a mapping by the encoding that they are in."""
    for encoding in dict.fromkeys(mapping.encoding(kind.name) for kind in mapping.kinds):
        yield encoding, [kind for kind in mapping.kinds if mapping.encoding(kind.name) == encoding]


def _own_orders(paths: Sequence[Path]) -> Mapping[str, pa.Array]:
    """What returns need of orders that are in our own columns."""
    if not paths:
        return NO_ORDERS
    mapped = joined_together([_own("orders", path, BLOCK) for path in paths])
    return {name: mapped.column(name) for name in NO_ORDERS}


def _own(kind: str, path: Path, block: int) -> Mapped:
    """A file in our own columns, as if a mapping had made it."""
    file = read(path, MODELS[kind], block)
    return Mapped(
        model=MODELS[kind],
        cells={name: _texts(cells) for name, cells in file.cells.items()},
        file=np.zeros(len(file.lines), np.int64),
        line=file.lines,
        sources=(SourceFile(kind, file.name, file.size, file.rows, file.sha256, file.ignored),),
        problems=(),
        malformed=tuple((0, row) for row in file.malformed),
    )


def _texts(cells: TextCells) -> pa.Array:
    """A column as trimmed strings."""
    texts = cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells
    return pc.utf8_trim(texts, characters=WHITE_SPACE)


def _check(inputs: Inputs, made: Mapping[str, Mapped], needs: Iterable[str]) -> None:
    names = ", ".join(mapping.name for mapping in inputs.mapping)
    for ours in MODELS:
        if ours in needs and ours not in made and not getattr(inputs, ours):
            raise NoInput(
                f"no file becomes {ours} by the mapping {names}; put the export into the folder, add a mapping that "
                f"knows it, or a {ours}.csv in our own columns"
            )


def _with_all_sources(
    inputs: Inputs, made: dict[str, Mapped], sheets: Sequence[tuple[MappingRules, Sheets]]
) -> dict[str, Mapped]:
    """The same; every file that was read, and the mappings, stand among the sources of the one or the other."""
    if not made:
        return made
    told = {source.sha256 for mapped in made.values() for source in mapped.sources}
    more = [sheet.source for _, found in sheets for of_kind in found.values() for sheet in of_kind]
    more = [source for source in more if source.sha256 not in told]
    beside = [replace(source, beside=True) for source in [*more, *(mapping.source for mapping in inputs.mapping)]]
    first = next(iter(made))
    return made | {first: replace(made[first], sources=(*made[first].sources, *beside))}
