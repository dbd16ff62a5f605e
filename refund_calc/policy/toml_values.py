"""How a value that stands in a policy file is named in a message."""

import json
from datetime import date, datetime, time

# The more special type first: true is an int to Python, and a date with a time is a date.
_NOUNS: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (bool, "a truth value"),
    (int, "a whole number without quotes"),
    (float, "a decimal number without quotes"),
    (datetime, "a date with a time"),
    (date, "a date without quotes"),
    (time, "a time"),
    (list, "a list"),
    (dict, "a table"),
)


def shown(value: object) -> str:
    """A value as TOML writes it, short enough for a line; text in quotes."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 19 digits"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f'{text[:56]}..."'


def what_stands(value: object) -> str:
    """What kind of TOML value stands there, with the value where it fits on the line."""
    for types, noun in _NOUNS:
        if isinstance(value, types):
            return f"{noun} stands here" if isinstance(value, list | dict) else f"{shown(value)} is {noun}"
    raise TypeError(type(value))
