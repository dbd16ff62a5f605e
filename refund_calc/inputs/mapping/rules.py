"""A mapping is read: a shipped one by its name, another by its path; whatever is wrong with it is told in one line."""

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from refund_calc.inputs.contracts import Column, OrderRow, ReturnRow, Row, columns
from refund_calc.inputs.mapping.schema import ColumnRule, Rules, SheetRule
from refund_calc.inputs.mapping.sheet import UTF_8, SheetKind
from refund_calc.inputs.mapping.shopify_settings import SHOPIFY_WANTED
from refund_calc.inputs.tables import SourceFile
from refund_calc.policy.refusals import PolicyError, first_error
from refund_calc.policy.toml_values import shown
from refund_calc.policy.versions import parsed

MODELS: dict[str, type[Row]] = {"orders": OrderRow, "returns": ReturnRow}
FOLDER = "mappings"  # of the package inputs: the shipped ones


@dataclass(frozen=True)
class MappingRules:
    """One mapping file. `kinds` are the files that it knows, by its own names for them."""

    name: str
    source: SourceFile
    rules: Rules
    kinds: tuple[SheetKind, ...]

    def encoding(self, kind: str) -> str:
        """How the text of a kind of file is encoded."""
        return self.rules.sheets[kind].encoding or self.rules.encoding or UTF_8


def shipped() -> list[str]:
    """The names of the mappings that ship with the program, sorted."""
    found = (files("refund_calc.inputs") / FOLDER).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))


def load_mapping(given: str) -> MappingRules:
    """A shipped mapping by name, or a TOML file by path. Raises PolicyError (exit 78) for the first thing wrong."""
    if given in shipped():
        name, content = f"{given}.toml", (files("refund_calc.inputs") / FOLDER / f"{given}.toml").read_bytes()
    else:
        name, content = Path(given).name, _read(given)
    try:
        rules = Rules.model_validate(parsed(content, name))
    except ValidationError as invalid:
        raise first_error(invalid.errors(include_url=False), name, Rules) from None
    for where, fault in _faults(rules):
        raise PolicyError(f"{name}, {where}", fault)
    kinds = tuple(
        SheetKind(kind, _needs(sheet), _wanted(rules, kind), sheet.header_within, sheet.trailer)
        for kind, sheet in rules.sheets.items()
    )
    source = SourceFile("mapping", name, len(content), 0, hashlib.sha256(content).hexdigest(), ())
    return MappingRules(name.removesuffix(".toml"), source, rules, kinds)


def _read(given: str) -> bytes:
    try:
        return Path(given).read_bytes()
    except FileNotFoundError:
        close = get_close_matches(given, shipped(), n=1)
        hint = f"did you mean {close[0]}?" if close else f"shipped are {', '.join(shipped())}"
        raise PolicyError(f"mapping {given}", f"no such file, nor a shipped mapping; {hint}") from None
    except OSError as error:
        raise PolicyError(f"mapping {given}", f"cannot be read ({error.strerror})") from None


def _needs(sheet: SheetRule) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.strip() for part in group.split("|")) for group in sheet.needs)


def _wanted(rules: Rules, kind: str) -> frozenset[str]:
    """The headers of a kind of file that are read (lower case)."""
    sheet = rules.sheets[kind]
    if sheet.reader:
        return SHOPIFY_WANTED
    names = [*sheet.fill_down, *sheet.fill_within, *sheet.skip_blank, *sheet.must, *sheet.unit]
    if amounts := sheet.line_amounts:
        names += [*amounts.quantity, *amounts.subtotal, *amounts.total]
    for rule in sheet.columns.values():
        names += [*(() if rule.sheet else rule.headers), *rule.position_in, *rule.by_sku]
        names += [*rule.split_within, *rule.split_by]
    for join in sheet.join.values():
        names += join.on
    for other in rules.sheets.values():  # what others take from this one
        for joined, join in other.join.items():
            if (join.sheet or joined) == kind:
                names += join.on.values()
                names += [name for rule in other.columns.values() if rule.sheet == joined for name in rule.headers]
    return frozenset(name.lower() for name in names)


def _faults(rules: Rules) -> Iterator[tuple[str, str]]:
    """What the grammar leaves open: names that lead nowhere, and words that our columns do not take."""
    for kind, sheet in rules.sheets.items():
        at = f"sheets.{kind}"
        for key, name in (("encoding", rules.encoding), (f"{at}.encoding", sheet.encoding)):
            if name and not _is_encoding(name):
                yield key, f"{shown(name)} is no known encoding of text; write one such as utf-8 or cp1252"
        if sheet.columns and not sheet.becomes:
            yield at, 'has columns, but nothing says what it becomes; add becomes = "orders" or "returns"'
        for joined, join in sheet.join.items():
            if (other := join.sheet or joined) not in rules.sheets:
                yield f"{at}.join.{joined}", f"there is no sheet {shown(other)}; add the section [sheets.{other}]"
        declared = {column.name: column for column in columns(MODELS[sheet.becomes])} if sheet.becomes else {}
        for name, rule in sheet.columns.items():
            where = f"{at}.columns.{name}"
            if name not in declared:
                close = get_close_matches(name, declared, n=1)
                hint = f"did you mean {close[0]}?" if close else f"our columns are {', '.join(declared)}"
                yield where, f"is no column of {sheet.becomes}; {hint}"
            elif rule.sheet and rule.sheet not in sheet.join:
                yield where, f"there is no join {shown(rule.sheet)}; add the section [{at}.join.{rule.sheet}]"
            elif rule.split_by and declared[name].cell.kind != "money":
                yield where, "is no amount, and only amounts are split; take split_within and split_by out"
            else:
                yield from _bad_words(where, declared[name], rule)
        yield from _missing(at, sheet, declared)


def _missing(at: str, sheet: SheetRule, declared: Mapping[str, Column]) -> Iterator[tuple[str, str]]:
    """Columns of ours that may not be blank and of which nothing says where they come from."""
    made = {*sheet.columns, *(("unit_price", "line_discount") if sheet.line_amounts else ())}
    for name, column in declared.items():
        if name not in made and not column.blank and not sheet.reader:
            yield f"{at}.columns.{name}", 'missing; say where it comes from, with from = ["a header"] or value = "..."'


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def _bad_words(where: str, column: Column, rule: ColumnRule) -> Iterator[tuple[str, str]]:
    """Words of ours that a rule would write and that the column does not take."""
    words = {**{f"values.{theirs}": ours for theirs, ours in rule.values.items()}}
    words |= {f"prefixes.{theirs}": ours for theirs, ours in rule.prefixes.items()}
    words |= {key: text for key in ("value", "blank", "absent") if (text := getattr(rule, key)) is not None}
    for key, text in words.items():
        if text == "":
            continue  # unknown, which the night judges
        read = column.cell.parse(pa.array([text], pa.string()), "UTC")
        if not read.ok[0]:
            yield f"{where}.{key}", f"{shown(text)} {read.fault(0)}; write what {column.name} takes: {column.cell.what}"
