"""Why a policy cannot be used, in one line: file and key, what stands there, what is wrong with it, what to write."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from refund_calc.errors import BadPolicy
from refund_calc.policy.terms import Terms, kind_of
from refund_calc.policy.toml_values import shown, what_stands
from refund_calc.policy.values import MISMATCHES


class PolicyError(BadPolicy):
    """The policy cannot be used (exit 78). The message is one line: where, what stands there, what to do."""

    def __init__(self, where: str, fault: str) -> None:
        line = f"{where}: {fault}"
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))


def first_error(errors: Sequence[ErrorDetails], file_name: str, root: type[BaseModel] = Terms) -> PolicyError:
    """The line for the first error; an unknown key first, since a misspelt key is missing as well."""
    error = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    # List positions and pydantic's "[key]" are no part of a TOML key.
    keys = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    table, field = _declared(keys, root)
    kind = kind_of(field) if field else None
    match error["type"]:
        case "extra_forbidden":
            line = "unknown key" + _suggestion(keys[-1], table)
        case "missing" if kind:
            line = f"missing; write {kind.what}, such as {keys[-1]} = {kind.example}"
        case "missing":
            line = f"missing; add the section [{keys[-1]}]"
        case _ if kind:
            line = f"{_fault(error)}; write {kind.what}, such as {kind.example}"
        case _:
            line = f"{_fault(error)}; write it as a section [{keys[-1]}]"
    return PolicyError(f"{file_name}, {'.'.join(keys)}", line)


def _fault(error: ErrorDetails) -> str:
    """What stands at a key and what is wrong with it."""
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return f"{shown(value)} is below {context['ge']}"
        case "less_than_equal":
            return f"{shown(value)} is above {context['le']}"
        case "literal_error":
            return f"{shown(value)} is not one of these"
        case "string_too_short":
            return f"{shown(value)} is blank"
        case "string_pattern_mismatch":
            return f"{shown(value)} {MISMATCHES[context['pattern']]}"
        case "value_error":
            return f"{shown(value)} {context['error']}"
        case "too_short":
            return "the list is empty"
        case "same_grade":
            return error["msg"]
        case _:  # a value of another type
            return what_stands(value)


def _suggestion(key: str, table: type[BaseModel]) -> str:
    if close := get_close_matches(key, _keys(table), n=1):
        return f"; did you mean {close[0]}?"
    return f"; remove it, or use one of {', '.join(_keys(table))}"


def _keys(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a table as TOML has them."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _declared(keys: Sequence[str], root: type[BaseModel]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost table on the way to a key, and the last field on it."""
    table, field, is_name = root, None, False
    for key in keys:
        if is_name:  # of one of several tables
            is_name = False
            continue
        if key not in _keys(table):
            break
        field = _keys(table)[key]
        inner = [field.annotation, *get_args(field.annotation)]
        tables = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if tables:
            table, is_name = tables[0], get_origin(field.annotation) is Mapping
    return table, field
