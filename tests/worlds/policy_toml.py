"""A policy version as the text of its TOML file."""

import json
import re
from datetime import date
from typing import Any

from tests.worlds.words import Policy


def policy_toml(policy: Policy) -> str:
    """The text of a TOML policy file that parses back to this policy."""
    tables = {key: value for key, value in policy.items() if isinstance(value, dict)}
    lines = [f"{key} = {toml_value(value)}" for key, value in policy.items() if key not in tables]
    for name, table in tables.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()),
        ]
    return "\n".join(lines) + "\n"


def toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def toml_value(value: Any) -> str:
    match value:
        case date():
            return value.isoformat()
        case str() | bool() | int():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ", ".join(map(toml_value, value)) + "]"
        case dict() if value:
            return "{ " + ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items()) + " }"
        case dict():
            return "{}"
    raise TypeError(f"a policy holds no {type(value).__name__}")
