"""One refund night, computed the slow and obvious way: the oracle of the test suite.

This is an independent reading of the rulebook (sections 1 to 9) in plain Python: one row at a time, whole
cents in integers, dates counted day by day, nothing shared with the program under test. The fast columnar
program is compared with it over many random nights. Where the two differ, one of them misread a sentence of
the rulebook; which one is for a person to find out.

    report, history = run_night(files, policies, as_of, History())

Read it from `run_night` at the bottom, which is the table of contents. Messages are free wording.
"""

import copy
import datetime
import functools
import re
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Date = datetime.date
Values = dict[str, Any]
Key = tuple[str, str, str]  # rma_number, order_number, order_line
OrderLineKey = tuple[str, str]  # order_number, order_line


class NightRefused(Exception):
    """Nothing is written; `code` is the exit code (65 bad data, 66 no input, 78 bad policy)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


# ---------------------------------------------------------------------------------------------------------
# Section 3. Files in: from bytes to records
# ---------------------------------------------------------------------------------------------------------

# The Unicode property White_Space, written out: str.strip() also takes U+001C to U+001F, which are not in it.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def trim(text: str) -> str:
    """Section 3: values are trimmed of Unicode white space."""
    return text.strip(WHITE_SPACE)


@dataclass
class Record:
    """One CSV record: its cells, its own text, and the line of the file on which it begins."""

    line: int
    text: str
    cells: list[str]


def tokenize(text: str) -> list[Record]:
    """RFC 4180, character by character. Raises NightRefused(65) when the text ends inside a quoted cell."""
    records: list[Record] = []
    cells: list[str] = []
    cell: list[str] = []
    state = "start of cell"  # or "quoted", or "plain" (unquoted, or after the closing quote)
    line = first_line = 1
    begin = position = 0

    def end_record(end: int) -> None:
        cells.append("".join(cell))
        # Blank lines are skipped: nothing stands on them but, perhaps, white space.
        if trim(text[begin:end]):
            records.append(Record(first_line, text[begin:end], list(cells)))
        cells.clear()
        cell.clear()

    while position < len(text):
        char = text[position]
        following = text[position + 1 : position + 2]
        if state == "quoted":
            if char == '"' and following == '"':
                cell.append('"')
                position += 1
            elif char == '"':
                state = "plain"  # text after a closing quote belongs to the cell
            else:
                cell.append(char)
                line += char == "\n"
        elif char == '"' and state == "start of cell":
            state = "quoted"
        elif char == ",":
            cells.append("".join(cell))
            cell.clear()
            state = "start of cell"
        elif char == "\n" or (char == "\r" and following == "\n"):
            end_record(position)
            position += len("\r\n") - 1 if char == "\r" else 0
            line += 1
            first_line, begin, state = line, position + 1, "start of cell"
        else:
            cell.append(char)  # a quote in an unquoted cell, or a lone CR, is an ordinary character
            state = "plain"
        position += 1
    if state == "quoted":
        raise NightRefused(65, "the file ends inside a quoted cell: it was cut")
    if begin < len(text):
        end_record(len(text))
    return records


# ---------------------------------------------------------------------------------------------------------
# Section 3. Types. Each reader returns the typed value or raises ValueError.
# ---------------------------------------------------------------------------------------------------------

Reader = Callable[[str, zoneinfo.ZoneInfo], Any]


def read_text(text: str, _: Any = None) -> str:
    if any(char <= "\x1f" or "\x7f" <= char <= "\x9f" for char in text):
        raise ValueError("has a control character")
    return text


def read_lower_text(text: str, _: Any = None) -> str:
    return read_text(text).lower()


def read_money(text: str, _: Any = None) -> int:
    """Cents."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ValueError("is not an amount of money")
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


def read_count(text: str, _: Any = None) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError("is not a whole number")
    return int(text)


def read_count_from_1(text: str, _: Any = None) -> int:
    count = read_count(text)
    if count < 1:
        raise ValueError("is not at least 1")
    return count


def read_flag(text: str, _: Any = None) -> bool:
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    if text.lower() in ("no", "n", "false", "0"):
        return False
    raise ValueError("is not a yes or a no")


def letters(how_many: int) -> Reader:
    def read(text: str, _: Any = None) -> str:
        if not re.fullmatch(rf"[A-Za-z]{{{how_many}}}", text):
            raise ValueError(f"is not {how_many} letters")
        return text.upper()

    return read


def choice(*words: str) -> Reader:
    def read(text: str, _: Any = None) -> str:
        if text.lower() not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return text.lower()

    return read


DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
OFFSET = r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))"


def read_date(text: str, zone: zoneinfo.ZoneInfo) -> Date:
    """A day, or a timestamp that becomes a day in the store's zone; 2000 to 2099, tested after the change."""
    if match := re.fullmatch(DAY, text):
        day = Date(*(int(part) for part in match.groups()))
    elif match := re.fullmatch(f"{DAY}[T ]{TIME} ?{OFFSET}", text):
        *moment, sign, hours, minutes = match.groups()
        offset = datetime.timedelta()
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                raise ValueError("has no valid offset")
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        try:
            year, month, day_of_month, hour, minute, second = (int(part) for part in moment)
            where = datetime.timezone(offset)
            stamp = datetime.datetime(year, month, day_of_month, hour, minute, second, tzinfo=where)
            day = stamp.astimezone(zone).date()
        except OverflowError as error:
            raise ValueError("is out of range") from error
    else:
        raise ValueError("is not a date")
    if not 2000 <= day.year <= 2099:
        raise ValueError("is not in the years 2000 to 2099")
    return day


# ---------------------------------------------------------------------------------------------------------
# Section 3. Columns: name -> (reader, may it be blank)
# ---------------------------------------------------------------------------------------------------------

REASONS = ("manufacturing_defect", "damaged_on_arrival", "wrong_item", "changed_mind", "other")
Columns = dict[str, tuple[Reader, bool]]

ORDER_COLUMNS: Columns = {
    "order_number": (read_text, False),
    "order_line": (read_text, False),
    "sku": (read_text, False),
    "item_type": (choice("product", "accessory"), False),
    "sales_channel": (read_lower_text, False),
    "ship_country": (letters(2), False),
    "currency": (letters(3), False),
    "ordered_date": (read_date, False),
    "picked_up_date": (read_date, True),
    "delivered_date": (read_date, True),
    "quantity": (read_count_from_1, False),
    "unit_price": (read_money, False),
    "line_discount": (read_money, False),
    "line_tax": (read_money, False),
    "shipping_paid": (read_money, False),
    "outbound_shipping_cost": (read_money, False),
    "payment_method": (read_text, True),
    "payment_reference": (read_text, True),
}
ORDER_LEVEL = (
    "sales_channel",
    "ship_country",
    "currency",
    "ordered_date",
    "shipping_paid",
    "outbound_shipping_cost",
    "payment_method",
    "payment_reference",
)
RETURN_COLUMNS: Columns = {
    "rma_number": (read_text, False),
    "order_number": (read_text, False),
    "order_line": (read_text, False),
    "return_type": (choice("return", "refused_delivery", "cancellation"), False),
    "reason": (choice(*REASONS), False),
    "quantity_requested": (read_count_from_1, False),
    "quantity_received": (read_count, True),
    "requested_date": (read_date, False),
    "received_date": (read_date, True),
    "tracking_number": (read_text, True),
    "evidence_complete": (read_flag, True),
    "reason_confirmed": (read_flag, True),
    "original_box": (read_flag, True),
    "items_missing": (read_flag, True),
    "packaging_damaged": (read_flag, True),
    "damage_grade": (read_lower_text, True),
    "damage_amount": (read_money, True),
    "return_shipping_cost": (read_money, False),
    "cancellation_loss": (read_money, True),
    "dispute_status": (choice("none", "open", "won", "lost"), True),
    "dispute_opened_date": (read_date, True),
}
RESOLUTION_COLUMNS = ("rma_number", "order_number", "order_line", "code", "action", "amount", "resolved_by", "note")
MAY_BE_MISSING = ("order_number", "amount", "note")


@dataclass
class Row:
    """A well-formed row: its typed values (None: unknown or invalid) and the cells that are invalid."""

    source_file: str
    source_line: int
    values: Values
    invalid: dict[str, tuple[str, str]] = field(default_factory=dict)  # column -> (text, what is wrong)

    @property
    def content(self) -> tuple[Any, ...]:
        return tuple(self.values.values())


@dataclass
class Malformed:
    """Section 4, malformed-row: a row with the wrong number of fields, in any input file."""

    source_file: str
    source_line: int
    text: str


def read_cells(
    name: str, content: bytes, known: Iterable[str], required: Iterable[str]
) -> tuple[list[Row], list[Malformed]]:
    """The rows of one file as trimmed text, by column, and its malformed rows."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NightRefused(65, f"{name}: not UTF-8") from error
    records = tokenize(text.removeprefix("\ufeff"))
    header = [trim(cell).lower() for cell in records[0].cells] if records else []
    for column in known:
        if column in required and column not in header:
            raise NightRefused(65, f"{name}: no column {column}")
        if header.count(column) > 1:
            raise NightRefused(65, f"{name}: column {column} stands twice")
    rows, malformed = [], []
    for record in records[1:]:
        if len(record.cells) != len(header):
            malformed.append(Malformed(name, record.line, record.text))
            continue
        by_header = dict(zip(header, record.cells, strict=True))
        rows.append(Row(name, record.line, {column: trim(by_header.get(column, "")) for column in known}))
    return rows, malformed


def type_row(row: Row, columns: Columns, zone: zoneinfo.ZoneInfo) -> Row:
    """Text becomes typed values; a cell that breaks its type, or is blank where it may not be, is invalid."""
    typed = Row(row.source_file, row.source_line, {})
    for column, (reader, may_be_blank) in columns.items():
        text = row.values[column]
        typed.values[column] = None
        if text:
            try:
                typed.values[column] = reader(text, zone)
            except ValueError as error:
                typed.invalid[column] = (text, str(error))
        elif not may_be_blank:
            typed.invalid[column] = ("", "is blank")
    return typed


def type_return(row: Row, zone: zoneinfo.ZoneInfo) -> Row:
    """A return row; blank dispute_status means none, quantity_received is at most quantity_requested."""
    typed = type_row(row, RETURN_COLUMNS, zone)
    values = typed.values
    if values["dispute_status"] is None and "dispute_status" not in typed.invalid:
        values["dispute_status"] = "none"
    received, requested = values["quantity_received"], values["quantity_requested"]
    if received is not None and requested is not None and received > requested:
        typed.invalid["quantity_received"] = (
            row.values["quantity_received"],
            f"is more than the {requested} requested",
        )
        values["quantity_received"] = None
    return typed


GUARDED = re.compile(r"'*[=+\-@\t\r\n]")


def guard(text: str) -> str:
    """Section 7: text that a spreadsheet could take for a formula gets one more leading apostrophe."""
    return "'" + text if GUARDED.match(text) else text


def unguard(text: str) -> str:
    """Section 3: reading a resolutions file undoes the leading apostrophe of section 7."""
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


@dataclass
class Inputs:
    orders: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    resolutions: list[Row] = field(default_factory=list)  # text, not typed
    malformed: list[Malformed] = field(default_factory=list)


def read_inputs(files: list[tuple[str, str, bytes]], zone: zoneinfo.ZoneInfo) -> Inputs:
    """Section 3. Several files of one kind are read as if one."""
    kinds = {kind for kind, _, _ in files}
    for kind in ("orders", "returns"):
        if kind not in kinds:
            raise NightRefused(66, f"no {kind} file")
    inputs = Inputs()
    for kind, name, content in files:
        if kind == "orders":
            rows, malformed = read_cells(name, content, ORDER_COLUMNS, ORDER_COLUMNS)
            inputs.orders += [type_row(row, ORDER_COLUMNS, zone) for row in rows]
        elif kind == "returns":
            rows, malformed = read_cells(name, content, RETURN_COLUMNS, RETURN_COLUMNS)
            inputs.returns += [type_return(row, zone) for row in rows]
        else:
            required = [column for column in RESOLUTION_COLUMNS if column not in MAY_BE_MISSING]
            rows, malformed = read_cells(name, content, RESOLUTION_COLUMNS, required)
            for row in rows:
                row.values = {column: unguard(text) for column, text in row.values.items()}
            inputs.resolutions += [row for row in rows if row.values["action"]]
        inputs.malformed += malformed
    return inputs


# ---------------------------------------------------------------------------------------------------------
# Section 2. Policy versions
# ---------------------------------------------------------------------------------------------------------

ACCOUNTS = (
    "sales_returns",
    "sales_tax_payable",
    "shipping_income",
    "return_shipping_recovered",
    "outbound_shipping_recovered",
    "restocking_fees",
    "damage_recoveries",
    "cancellation_recoveries",
    "refunds_payable",
    "refund_clearing",
)
TRIGGERS = ("original_box_missing", "items_missing", "packaging_damaged")


def policy_word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is not a text")
    return value


def policy_zone(value: Any) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(policy_word(value))
    except (OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError("is not a time zone") from error


def policy_date(value: Any) -> Date:
    if type(value) is not Date:
        raise ValueError("is not a date")
    return value


def policy_count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("is not a whole number from 0")
    return value


def policy_rate(value: Any) -> Fraction:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", policy_word(value)):
        raise ValueError("is not a rate")
    if Fraction(value) > 1:
        raise ValueError("is above 1")
    return Fraction(value)


def policy_money(value: Any) -> int:
    return read_money(policy_word(value))


def policy_list(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("is not a list")
        return [read(item) for item in value]

    return read_all


def policy_words_among(*words: str) -> Callable[[Any], list[Any]]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"names none of {', '.join(words)}")
        return str(value)

    return policy_list(read)


def policy_rates(value: Any) -> dict[str, Fraction]:
    if not isinstance(value, dict):
        raise ValueError("is not a table")
    return {grade.lower(): policy_rate(rate) for grade, rate in value.items()}


POLICY_KEYS: dict[str, Callable[[Any], Any]] = {
    "version": policy_word,
    "effective_from": policy_date,
    "currency": lambda value: letters(3)(policy_word(value), None),  # type: ignore[arg-type]
    "time_zone": policy_zone,
    "coverage.window_days": policy_count,
    "coverage.countries": policy_list(lambda value: letters(2)(policy_word(value), None)),  # type: ignore[arg-type]
    "coverage.excluded_channels": policy_list(lambda value: policy_word(value).lower()),
    "coverage.accessory_reasons": policy_words_among(*REASONS),
    "return_shipping.waived_for": policy_words_among(*REASONS),
    "restocking.rate": policy_rate,
    "restocking.triggers": policy_words_among(*TRIGGERS),
    "restocking.waived_for": policy_words_among(*REASONS),
    "damage.waived_for": policy_words_among(*REASONS),
    "damage.rates": policy_rates,
    "receipt.lost_after_days": policy_count,
    "processing.business_days": policy_count,
    "processing.closures": policy_list(policy_date),
    "payout.lag_business_days": policy_count,
    "bank.credit_min_business_days": policy_count,
    "bank.credit_max_business_days": policy_count,
    "bank.closures": policy_list(policy_date),
    "dispute.min_months": policy_count,
    "dispute.max_months": policy_count,
    "approval.limit": policy_money,
    **{f"accounts.{account}.{part}": policy_word for account in ACCOUNTS for part in ("code", "name")},
}
MAY_BE_LEFT_OUT: dict[str, Any] = {"approval.limit": None, "processing.closures": [], "bank.closures": []}

Policy = dict[str, Any]  # "restocking.rate" -> typed value


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A TOML table as dotted keys; a table that is itself a value (damage.rates) is left whole."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        key = prefix + name
        holds_keys = any(known.startswith(key + ".") for known in POLICY_KEYS)
        if holds_keys and isinstance(value, dict):
            flat.update(flatten(value, key + "."))
        else:
            flat[key] = value
    return flat


def read_policy(table: dict[str, Any]) -> Policy:
    given = flatten(table)
    if unknown := sorted(set(given) - set(POLICY_KEYS)):
        raise NightRefused(78, f"policy: unknown key {unknown[0]}")
    policy: Policy = {}
    for key, read in POLICY_KEYS.items():
        if key not in given and key not in MAY_BE_LEFT_OUT:
            raise NightRefused(78, f"policy: no {key}")
        try:
            policy[key] = read(given[key]) if key in given else MAY_BE_LEFT_OUT[key]
        except ValueError as error:
            raise NightRefused(78, f"policy: {key} {error}") from error
    return policy


def read_policies(tables: list[dict[str, Any]]) -> list[Policy]:
    """All versions, oldest first."""
    if not tables:
        raise NightRefused(78, "no policy")
    policies = [read_policy(table) for table in tables]
    for key in ("version", "effective_from"):
        if len({policy[key] for policy in policies}) < len(policies):
            raise NightRefused(78, f"policy: two versions with one {key}")
    for key in ("currency", "time_zone"):
        if len({str(policy[key]) for policy in policies}) > 1:
            raise NightRefused(78, f"policy: versions differ in {key}")
    return sorted(policies, key=lambda policy: policy["effective_from"])


def in_force_on(day: Date, policies: list[Policy]) -> Policy | None:
    """Section 2: the latest effective_from that is not after the day."""
    begun = [policy for policy in policies if policy["effective_from"] <= day]
    return begun[-1] if begun else None


# ---------------------------------------------------------------------------------------------------------
# Section 6. Dates
# ---------------------------------------------------------------------------------------------------------

ONE_DAY = datetime.timedelta(days=1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> Date:
    day = Date(year, month, 1)
    while day.weekday() != weekday:
        day += ONE_DAY
    return day + (nth - 1) * 7 * ONE_DAY


def last_monday_of_may(year: int) -> Date:
    day = Date(year, 5, 31)
    while day.weekday() != MONDAY:
        day -= ONE_DAY
    return day


@functools.cache
def holidays(year: int) -> tuple[Date, ...]:
    """The U.S. federal holidays by their own dates, before any is observed on another day."""
    days = [
        Date(year, 1, 1),  # New Year's Day
        nth_weekday(year, 1, MONDAY, 3),  # Martin Luther King, Jr.
        nth_weekday(year, 2, MONDAY, 3),  # Washington's Birthday
        last_monday_of_may(year),  # Memorial Day
        Date(year, 7, 4),  # Independence Day
        nth_weekday(year, 9, MONDAY, 1),  # Labor Day
        nth_weekday(year, 10, MONDAY, 2),  # Columbus Day
        Date(year, 11, 11),  # Veterans Day
        nth_weekday(year, 11, THURSDAY, 4),  # Thanksgiving Day
        Date(year, 12, 25),  # Christmas Day
    ]
    if year >= 2021:
        days.append(Date(year, 6, 19))  # Juneteenth
    return tuple(days)


@functools.cache
def observed(year: int, saturday_moves: bool) -> frozenset[Date]:
    """Days off that fall in or next to a year: Sunday holidays on Monday, Saturday ones on Friday or not moved."""
    days = set()
    for day in holidays(year - 1) + holidays(year) + holidays(year + 1):
        if day.weekday() == SUNDAY:
            day += ONE_DAY
        elif day.weekday() == SATURDAY and saturday_moves:
            day -= ONE_DAY  # a New Year's Day on Saturday is taken on 31 December of the year before
        days.add(day)
    return frozenset(days)


@dataclass(frozen=True)
class Calendar:
    saturday_moves: bool
    closures: frozenset[Date]

    def is_open(self, day: Date) -> bool:
        return (
            day.weekday() < SATURDAY and day not in observed(day.year, self.saturday_moves) and day not in self.closures
        )

    def add(self, day: Date, how_many: int) -> Date:
        """The k-th open day after the day; for 0 the day itself if it is open, else the next."""
        if how_many == 0 and not self.is_open(day):
            how_many = 1
        while how_many:
            day += ONE_DAY
            how_many -= self.is_open(day)
        return day

    def count(self, after: Date, up_to: Date) -> int:
        """Open days after the one day up to the other."""
        how_many = 0
        while after < up_to:
            after += ONE_DAY
            how_many += self.is_open(after)
        return how_many


def business_days(policy: Policy) -> Calendar:
    return Calendar(saturday_moves=True, closures=frozenset(policy["processing.closures"]))


def bank_days(policy: Policy) -> Calendar:
    return Calendar(saturday_moves=False, closures=frozenset(policy["bank.closures"]))


# ---------------------------------------------------------------------------------------------------------
# Section 5. Arithmetic in cents
# ---------------------------------------------------------------------------------------------------------


def round_half_up(amount: Fraction) -> int:
    """Never called with a negative amount."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def share(total: int, units: int, quantity: int) -> int:
    """share(T, k) = round(T x k / n), in cents."""
    return round_half_up(Fraction(total * units, quantity))


def largest_remainder(amount: int, weights: dict[str, int]) -> dict[str, int]:
    """Split cents by weight; `weights` is by order_line, whose text order breaks ties."""
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1)
    whole = sum(weights.values())
    parts = {name: amount * weight // whole for name, weight in weights.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(weights, key=lambda name: (-(amount * weights[name] % whole), name))
    for name in by_remainder[:left]:
        parts[name] += 1
    return parts


def merchandise_total(order_row: Values) -> int:
    """T of merchandise = unit_price x quantity - line_discount."""
    return int(order_row["unit_price"] * order_row["quantity"] - order_row["line_discount"])


def order_part(column: str, order_line: str, order_rows: dict[str, Values]) -> int:
    """The order line's part of an amount of the whole order; weights: merchandise T of every line."""
    weights = {name: merchandise_total(row) for name, row in order_rows.items()}
    return largest_remainder(order_rows[order_line][column], weights)[order_line]


# ---------------------------------------------------------------------------------------------------------
# Sections 4, 8 and 9. What earlier nights leave behind
# ---------------------------------------------------------------------------------------------------------


@dataclass
class Content:
    """Deciding content: the typed return row and its order row (None: not known) less what decides nothing."""

    of_return: Values
    of_order: Values | None


@dataclass
class Refunded:
    """A key that history has refunded. It stays refunded whatever comes later."""

    content: Content  # as refunded, or as a person last accepted it
    units: int = 0
    accepted_units: int = 0  # the units claimed by the content that a person last accepted
    charged: Counter[str] = field(default_factory=Counter)  # deduction -> cents, after capping


@dataclass
class Resolution:
    """Section 8. A blank order_number or order_line is an empty text: any."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    action: str
    amount: int | None
    resolved_by: str
    night: Date

    def names(self, key: Key) -> bool:
        rma_number, order_number, order_line = key
        return (
            self.rma_number == rma_number
            and self.order_number in ("", order_number)
            and self.order_line in ("", order_line)
        )

    @property
    def decided(self) -> tuple[Any, ...]:
        return (self.order_number, self.action, self.amount, self.resolved_by)


@dataclass
class History:
    """Everything that the next night needs to know."""

    last_night: Date | None = None
    refunded: dict[Key, Refunded] = field(default_factory=dict)
    rejected: dict[Key, Content] = field(default_factory=dict)
    line_units: Counter[OrderLineKey] = field(default_factory=Counter)
    line_merchandise: Counter[OrderLineKey] = field(default_factory=Counter)
    line_tax: Counter[OrderLineKey] = field(default_factory=Counter)
    order_net: Counter[str] = field(default_factory=Counter)
    rma_return_shipping: Counter[str] = field(default_factory=Counter)  # allocated, charged or not
    resolutions: list[Resolution] = field(default_factory=list)  # in the order in which they came
    keys_read: set[Key] = field(default_factory=set)  # invalid parts are empty
    first_seen: dict[tuple[str, ...], Date] = field(default_factory=dict)  # findings of the last night
    payouts_to_post: list[dict[str, Any]] = field(default_factory=list)


# ---------------------------------------------------------------------------------------------------------
# Section 4. Findings
# ---------------------------------------------------------------------------------------------------------

STAGE_A = ("invalid-value", "conflicting-rows", "conflicting-rma")
STAGE_B = (
    "order-not-found",
    "ambiguous-order",
    "invalid-order",
    "currency-unsupported",
    "no-policy-in-force",
    "changed-after-refund",
    "disputed-after-refund",
)
STAGE_C_REJECT = (
    "channel-excluded",
    "outside-region",
    "accessory-excluded",
    "window-expired",
    "picked-up",
    "lost-in-transit",
    "settled-by-dispute",
)
STAGE_C_HOLD = (
    "dispute-open",
    "awaiting-receipt",
    "delivery-date-missing",
    "dates-out-of-order",
    "evidence-missing",
    "reason-unconfirmed",
    "inspection-missing",
    "damage-unpriced",
    "pickup-unconfirmed",
)
STAGE_D = ("order-changed-after-refund", "units-exceed-purchase")
STAGE_E = ("approval-required",)
WARNINGS = ("deductions-capped", "past-deadline", "short-receipt")

# Clauses; a code that is not here has its stage's: A and B CT-1, D CT-2, E CT-3.
CLAUSES = {
    "no-policy-in-force": "CT-4",
    "changed-after-refund": "CT-2",
    "disputed-after-refund": "RP-12",
    "channel-excluded": "RP-4",
    "outside-region": "RP-2",
    "accessory-excluded": "RP-3",
    "window-expired": "RP-1",
    "picked-up": "RP-13",
    "settled-by-dispute": "RP-12",
    "dispute-open": "RP-12",
    "delivery-date-missing": "RP-1",
    "dates-out-of-order": "CT-1",
    "evidence-missing": "RP-5",
    "reason-unconfirmed": "RP-5",
    "inspection-missing": "RP-8",
    "damage-unpriced": "RP-8",
    "pickup-unconfirmed": "RP-13",
    "order-changed-after-refund": "CT-2",
    "units-exceed-purchase": "CT-2",
    "approval-required": "CT-3",
    "deductions-capped": "CT-6",
    "past-deadline": "RP-10",
    "short-receipt": "RP-9",
    "rejected-by-review": "CT-5",
    "invalid-resolution": "CT-5",
}
CLAUSES_BY_TYPE = {
    ("lost-in-transit", "return"): "RP-9",
    ("lost-in-transit", "refused_delivery"): "RP-14",
    ("awaiting-receipt", "return"): "RP-9",
    ("awaiting-receipt", "refused_delivery"): "RP-14",
}

# Section 8, which action answers which code.
HOLD_CODES = (*STAGE_A, *STAGE_B, *STAGE_C_HOLD, *STAGE_D, *STAGE_E)
NEVER_ALLOWED = (
    "awaiting-receipt",
    "lost-in-transit",
    "dispute-open",
    "delivery-date-missing",
    "damage-unpriced",
    "settled-by-dispute",
    "order-changed-after-refund",
    "units-exceed-purchase",
)
DEDUCTIONS = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")
CODES_OF_ACTION = {
    "allow": tuple(c for c in (*STAGE_C_REJECT, *STAGE_C_HOLD, *STAGE_D, *STAGE_E) if c not in NEVER_ALLOWED),
    "reject": HOLD_CODES,
    "waive": DEDUCTIONS,
    "set-amount": ("restocking_fee", "damage", "cancellation_loss"),
}
TYPES_OF_DEDUCTION = {
    "return_shipping": ("return", "refused_delivery"),
    "outbound_shipping": ("refused_delivery",),
    "restocking_fee": ("return",),
    "damage": ("return",),
    "cancellation_loss": ("cancellation",),
}


@dataclass
class Finding:
    code: str
    severity: str  # hold, reject or warning
    message: str
    field: str = ""
    value: str = ""


@dataclass
class Line:
    """One well-formed row of returns.csv on its way through the night."""

    row: Row
    decision: str = ""  # empty: still headed for refund
    findings: list[Finding] = field(default_factory=list)  # those that are reported
    resolvers: set[str] = field(default_factory=set)
    held_at: str = ""  # the stage, for the split of return shipping
    decided_from_stage_b: bool = False
    order_row: Values | None = None
    order_rows: dict[str, Values] = field(default_factory=dict)  # the whole order, by order_line
    policy: Policy | None = None  # the order's version, from stage C on
    units_refunded_before: int = 0  # of this key, in a supplementary refund
    charged_before: Counter[str] = field(default_factory=Counter)  # on this key, in a supplementary refund
    accepts_new_content: bool = False
    money: dict[str, int] = field(default_factory=dict)
    return_shipping_part: int = 0
    due_date: Date | None = None

    def __getitem__(self, column: str) -> Any:
        return self.row.values[column]

    @property
    def key(self) -> Key:
        return (self["rma_number"] or "", self["order_number"] or "", self["order_line"] or "")

    @property
    def order_line_key(self) -> OrderLineKey:
        return (self["order_number"], self["order_line"])

    @property
    def returned(self) -> bool:
        """Type R or D: goods come back."""
        return self["return_type"] in ("return", "refused_delivery")

    @property
    def claim(self) -> int | None:
        """The whole claim: quantity_received for R and D, quantity_requested for C; None: unknown."""
        if self["return_type"] is None:
            return None
        claim: int | None = self["quantity_received" if self.returned else "quantity_requested"]
        return claim

    @property
    def q(self) -> int | None:
        return None if self.claim is None else self.claim - self.units_refunded_before

    @property
    def q_expected(self) -> int:
        """q': where quantity_received is unknown or 0, the units requested."""
        return int(self.q or self["quantity_requested"])

    @property
    def start_date(self) -> Date | None:
        """Where the promise to refund begins: the receipt, for a cancellation the request."""
        date: Date | None = self["received_date" if self.returned else "requested_date"]
        return date

    def is_received(self, as_of: Date) -> bool:
        return self["received_date"] is not None and self["received_date"] <= as_of and (self.q or 0) >= 1


@dataclass
class Night:
    as_of: Date
    policies: list[Policy]
    inputs: Inputs
    history: History  # this night's own copy
    lines: list[Line] = field(default_factory=list)
    loose_exceptions: list[tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=list)  # of no line

    @property
    def policy(self) -> Policy:
        """The version in force on as_of."""
        found = in_force_on(self.as_of, self.policies)
        if found is None:
            raise NightRefused(78, f"no policy is in force on {self.as_of}")
        return found

    def headed_for_refund(self) -> list[Line]:
        return [line for line in self.lines if not line.decision]

    def resolution(self, key: Key, code: str) -> Resolution | None:
        """Section 8: the line's own resolution beats the RMA's, then the latest wins."""
        named = [r for r in self.history.resolutions if r.code == code and r.names(key)]
        own = [r for r in named if r.order_line]
        return own[-1] if own else named[-1] if named else None

    def damage_is_settled(self, key: Key) -> bool:
        """A person waived the damage deduction or set its amount."""
        return self.resolution(key, "damage") is not None


# ---------------------------------------------------------------------------------------------------------
# Section 8. Resolutions
# ---------------------------------------------------------------------------------------------------------


def optional(read: Reader, text: str) -> Any:
    """The typed value, or None where the text is blank or breaks the type."""
    try:
        return read(text, None) if text else None  # type: ignore[arg-type]
    except ValueError:
        return None


def why_it_can_never_apply(row: Row, keys_read: set[Key]) -> str:
    """The column because of which a resolution can never apply, or an empty text."""
    values = row.values
    code, action = values["code"].lower(), values["action"].lower()
    named = Resolution(values["rma_number"], values["order_number"], values["order_line"], "", "", None, "", Date.min)
    if not values["rma_number"] or not any(key[0] == values["rma_number"] for key in keys_read):
        return "rma_number"
    if not any(named.names(key) for key in keys_read):
        return "order_line" if values["order_line"] else "order_number"
    if action not in CODES_OF_ACTION:
        return "action"
    if code not in CODES_OF_ACTION[action]:
        return "code"
    if action == "set-amount" and not values["order_line"]:
        return "order_line"
    if needs_amount(action, code) and optional(read_money, values["amount"]) is None:
        return "amount"
    if optional(read_text, values["resolved_by"]) is None:
        return "resolved_by"
    return ""


def needs_amount(action: str, code: str) -> bool:
    return action == "set-amount" or (action, code) == ("allow", "approval-required")


def take_resolutions(night: Night) -> None:
    """Tonight's resolutions come into force, in the order of the file; those that can never apply are reported."""
    for row in night.inputs.resolutions:
        if wrong := why_it_can_never_apply(row, night.history.keys_read):
            report_invalid_resolution(night, row, wrong)
            continue
        values = row.values
        resolution = Resolution(
            rma_number=values["rma_number"],
            order_number=values["order_number"],
            order_line=values["order_line"],
            code=values["code"].lower(),
            action=values["action"].lower(),
            amount=optional(read_money, values["amount"]),
            resolved_by=values["resolved_by"],
            night=night.as_of,
        )
        latest = [r for r in night.history.resolutions if same_target(r, resolution)][-1:]
        if not latest or latest[0].decided != resolution.decided:
            night.history.resolutions.append(resolution)


def same_target(one: Resolution, other: Resolution) -> bool:
    """Section 8: the same RMA, line and code; lines of two orders are not the same line, but blank is any order."""
    same = (one.rma_number, one.order_line, one.code) == (other.rma_number, other.order_line, other.code)
    return same and (one.order_number == other.order_number or "" in (one.order_number, other.order_number))


def report_invalid_resolution(night: Night, row: Row, wrong: str) -> None:
    key = [optional(read_text, row.values[column]) or "" for column in ("rma_number", "order_number", "order_line")]
    finding = Finding(
        "invalid-resolution", "hold", f"this resolution can never apply: see {wrong}", wrong, row.values[wrong]
    )
    cells = exception_cells(night, finding, CLAUSES["invalid-resolution"], row.source_file, row.source_line)
    cells.update(zip(("rma_number", "order_number", "order_line"), key, strict=True))
    night.loose_exceptions.append((cells, (*key, "invalid-resolution")))


def came_into_force_tonight(night: Night, key: Key) -> bool:
    return any(r.night == night.as_of and r.names(key) for r in night.history.resolutions)


def settle(night: Night, line: Line, stage: str, found: list[Finding]) -> None:
    """The end of a stage: resolutions act on what was found, then the deciding severity decides."""
    kept = []
    for finding in found:
        answer = night.resolution(line.key, finding.code)
        # Whether an approval is high enough depends on the whole order: stage E has looked at that itself.
        if answer and answer.action == "allow" and finding.code != "approval-required":
            line.resolvers.add(answer.resolved_by)
        else:
            kept.append(finding)
    if rejects := [finding for finding in kept if finding.severity == "reject"]:
        line.decision, line.findings = "reject", rejects
    elif kept:
        line.decision, line.findings, line.held_at = "hold", kept, stage
        review(night, line)


def review(night: Night, line: Line) -> None:
    """Section 8, reject: a line held by that code is rejected instead, with the one finding rejected-by-review."""
    for finding in line.findings:
        answer = night.resolution(line.key, finding.code)
        if not answer or answer.action != "reject":
            continue
        if finding.code in ("changed-after-refund", "disputed-after-refund"):
            if answer.night != night.as_of:
                continue  # it accepted what stood there on its own night, and nothing that came later
            line.accepts_new_content = True
        line.decision, line.held_at = "reject", ""
        line.resolvers.add(answer.resolved_by)
    if line.decision == "reject":
        codes = ", ".join(finding.code for finding in line.findings)
        line.findings = [Finding("rejected-by-review", "reject", f"held for {codes}; a person rejected it")]


# ---------------------------------------------------------------------------------------------------------
# Section 4, stage A: the row
# ---------------------------------------------------------------------------------------------------------


def stage_a(night: Night) -> None:
    night.lines = [Line(row) for row in night.inputs.returns]
    valid = [line for line in night.lines if not line.row.invalid]
    # An invalid row has a key only where its three key cells are valid: a blank part equals no valid row's.
    invalid_keys = {line.key for line in night.lines if line.row.invalid}
    found: dict[int, list[Finding]] = defaultdict(list)
    for line in night.lines:
        for column, (text, wrong) in line.row.invalid.items():
            message = f'{column}: "{text}" {wrong}' if text else f"{column} {wrong}"
            found[id(line)].append(Finding("invalid-value", "hold", message, column, text))
    find_conflicting_rows(valid, invalid_keys, found)
    find_conflicting_rmas(valid, found)
    for line in night.lines:
        if not line.decision:
            settle(night, line, "A", found[id(line)])


def find_conflicting_rows(valid: list[Line], invalid_keys: set[Key], found: dict[int, list[Finding]]) -> None:
    by_key: dict[Key, list[Line]] = defaultdict(list)
    for line in valid:
        by_key[line.key].append(line)
    for key, lines in by_key.items():
        if key in invalid_keys or len({line.row.content for line in lines}) > 1:
            for line in lines:
                found[id(line)].append(Finding("conflicting-rows", "hold", "other rows of this line say otherwise"))
        else:
            for line in lines[1:]:
                line.decision = "duplicate"


def find_conflicting_rmas(valid: list[Line], found: dict[int, list[Finding]]) -> None:
    by_rma: dict[str, list[Line]] = defaultdict(list)
    for line in valid:
        by_rma[line["rma_number"]].append(line)
    for lines in by_rma.values():
        if len({(line["order_number"], line["return_shipping_cost"]) for line in lines}) > 1:
            message = "the lines of this RMA disagree on order_number or return_shipping_cost"
            for line in lines:
                found[id(line)].append(Finding("conflicting-rma", "hold", message))


# ---------------------------------------------------------------------------------------------------------
# Section 4, stage B: history and the order
# ---------------------------------------------------------------------------------------------------------


@dataclass
class Order:
    """What orders.csv says about one order number."""

    rows: list[Row]

    def has(self, order_line: str) -> bool:
        return any(row.values["order_line"] == order_line for row in self.rows)

    @functools.cached_property
    def invalid(self) -> str:
        """Section 4, invalid-order: what is wrong with a row of it, or an empty text."""
        for row in sorted(self.rows, key=lambda row: row.values["order_line"] or ""):
            where = f"order line {row.values['order_line'] or '(unknown)'}"
            for column in sorted(row.invalid):
                return f"{where}, {column}: {row.invalid[column][1]}"
            if not row.invalid and merchandise_total(row.values) < 0:
                return f"{where}, line_discount is more than unit_price x quantity"
        return ""

    @functools.cached_property
    def ambiguous(self) -> str:
        """Section 4, ambiguous-order; looked for among valid rows."""
        valid = [row for row in self.rows if not row.invalid]
        if len({row.content for row in valid}) > len({row.values["order_line"] for row in valid}):
            return "a line of this order has several differing rows"
        for column in ORDER_LEVEL:
            if len({row.values[column] for row in valid}) > 1:
                return f"the lines of this order disagree on {column}"
        return ""

    @functools.cached_property
    def by_line(self) -> dict[str, Values]:
        return {row.values["order_line"]: row.values for row in self.rows}


NO_ORDER = Order([])


def deciding_return(row: Values) -> Values:
    return {column: value for column, value in row.items() if column != "tracking_number"}


def deciding_order(row: Values) -> Values:
    left_out = ("sku", "payment_method", "payment_reference")
    return {column: value for column, value in row.items() if column not in left_out}


def without_dispute(row: Values) -> Values:
    return {column: value for column, value in row.items() if not column.startswith("dispute_")}


def order_is_unchanged(line: Line, remembered: Content) -> bool:
    """An order row that is missing tonight, or whose order is invalid or ambiguous, counts as unchanged."""
    return line.order_row is None or deciding_order(line.order_row) == remembered.of_order


def is_unchanged(line: Line, remembered: Content) -> bool:
    return deciding_return(line.row.values) == remembered.of_return and order_is_unchanged(line, remembered)


def stage_b(night: Night) -> None:
    rows_by_order: dict[str, list[Row]] = defaultdict(list)
    for row in night.inputs.orders:
        if row.values["order_number"]:
            rows_by_order[row.values["order_number"]].append(row)
    orders = {order_number: Order(rows) for order_number, rows in rows_by_order.items()}
    for line in night.headed_for_refund():
        line.decided_from_stage_b = True
        order = orders.get(line["order_number"], NO_ORDER)
        if order.has(line["order_line"]) and not order.invalid and not order.ambiguous:
            line.order_rows = order.by_line
            line.order_row = order.by_line[line["order_line"]]
        look_into_history(night, line)
        if not line.decision:
            settle(night, line, "B", find_order_problems(night, line, order))
        if not line.decision:
            assert line.order_row is not None
            line.policy = in_force_on(line.order_row["ordered_date"], night.policies)


def look_into_history(night: Night, line: Line) -> None:
    """First of all at stage B: a key that history refunded or rejected may be decided already, or held."""
    refunded = night.history.refunded.get(line.key)
    rejected = night.history.rejected.get(line.key)
    if refunded and not claims_more_units(line, refunded):
        settle(night, line, "B", find_changes_after_refund(line, refunded))
        line.decision = line.decision or "already-decided"
        return
    if rejected and is_unchanged(line, rejected) and not came_into_force_tonight(night, line.key):
        line.decision = "already-decided"
        return
    if refunded:
        line.units_refunded_before = refunded.units
        line.charged_before = refunded.charged


def claims_more_units(line: Line, refunded: Refunded) -> bool:
    """A supplementary refund: more units than refunded and than last accepted, and no dispute open or lost."""
    return (line.claim or 0) > max(refunded.units, refunded.accepted_units) and line["dispute_status"] not in (
        "open",
        "lost",
    )


def find_changes_after_refund(line: Line, refunded: Refunded) -> list[Finding]:
    found = []
    remembered = refunded.content
    tonight = deciding_return(line.row.values)
    same_return = without_dispute(tonight) == without_dispute(remembered.of_return)
    if not (same_return and order_is_unchanged(line, remembered)):
        found.append(Finding("changed-after-refund", "hold", "what was refunded has changed since; no money moves"))
    status = line["dispute_status"]
    if status != remembered.of_return["dispute_status"] and status in ("open", "lost"):
        message = f"refunded, and now the dispute is {status}: the customer may be paid twice"
        found.append(Finding("disputed-after-refund", "hold", message))
    return found


def find_order_problems(night: Night, line: Line, order: Order) -> list[Finding]:
    if not order.has(line["order_line"]):
        return [Finding("order-not-found", "hold", "no such order line in the orders")]
    found = []
    if order.ambiguous:
        found.append(Finding("ambiguous-order", "hold", order.ambiguous))
    if order.invalid:
        found.append(Finding("invalid-order", "hold", order.invalid))
    if line.order_row is None:
        return found
    if line.order_row["currency"] != night.policy["currency"]:
        message = f"the order is in {line.order_row['currency']}, the policy in {night.policy['currency']}"
        found.append(Finding("currency-unsupported", "hold", message))
    if in_force_on(line.order_row["ordered_date"], night.policies) is None:
        message = f"ordered on {line.order_row['ordered_date']}, before the first policy version"
        found.append(Finding("no-policy-in-force", "hold", message))
    return found


# ---------------------------------------------------------------------------------------------------------
# Section 4, stage C: the policy
# ---------------------------------------------------------------------------------------------------------


def stage_c(night: Night) -> None:
    for line in night.headed_for_refund():
        assert line.policy is not None
        if line.start_date is not None:
            days = line.policy["processing.business_days"]
            line.due_date = business_days(night.policy).add(line.start_date, days)
        find = {
            "return": find_in_return,
            "refused_delivery": find_in_refused_delivery,
            "cancellation": find_in_cancellation,
        }[line["return_type"]]
        settle(night, line, "C", find_in_any(night, line) + find(night, line))


def find_in_any(night: Night, line: Line) -> list[Finding]:
    """RP-4, RP-12 and the dates: R, D and C."""
    assert line.order_row is not None and line.policy is not None
    found = []
    if line.order_row["sales_channel"] in line.policy["coverage.excluded_channels"]:
        found.append(Finding("channel-excluded", "reject", f"bought through {line.order_row['sales_channel']}"))
    if line["dispute_status"] == "lost":
        found.append(Finding("settled-by-dispute", "reject", "the bank has already paid the customer"))
    if line["dispute_status"] == "open":
        found.append(Finding("dispute-open", "hold", dispute_window(line)))
    if line["requested_date"] > night.as_of:
        message = f"requested on {line['requested_date']}, after {night.as_of}"
        found.append(Finding("dates-out-of-order", "hold", message))
    return found


def dispute_window(line: Line) -> str:
    assert line.policy is not None
    least, most = line.policy["dispute.min_months"], line.policy["dispute.max_months"]
    opened = line["dispute_opened_date"]
    return f"the dispute may take {least} to {most} months from {opened or 'an unknown day'}"


def find_receipt(night: Night, line: Line) -> list[Finding]:
    """RP-9 and RP-14: no refund unless the warehouse receives the parcel. R and D."""
    assert line.policy is not None
    if line.is_received(night.as_of):
        return []
    waited = (night.as_of - line["requested_date"]).days
    limit = line.policy["receipt.lost_after_days"]
    if waited > limit:
        message = f"not received {waited} days after it was requested; the limit is {limit}"
        return [Finding("lost-in-transit", "reject", message)]
    return [Finding("awaiting-receipt", "hold", "the warehouse has not received it")]


def find_in_return(night: Night, line: Line) -> list[Finding]:
    assert line.order_row is not None and line.policy is not None
    order, policy = line.order_row, line.policy
    found = find_receipt(night, line)
    if order["ship_country"] not in policy["coverage.countries"]:
        found.append(Finding("outside-region", "reject", f"shipped to {order['ship_country']}"))
    if order["item_type"] == "accessory" and line["reason"] not in policy["coverage.accessory_reasons"]:
        found.append(Finding("accessory-excluded", "reject", f"an accessory, returned for {line['reason']}"))
    found += find_window(line)
    out_of_order = (order["delivered_date"] is not None and line["requested_date"] < order["delivered_date"]) or (
        line["received_date"] is not None and line["received_date"] < line["requested_date"]
    )
    # One finding, whichever of the dates is out of order.
    if out_of_order and line["requested_date"] <= night.as_of:
        found.append(Finding("dates-out-of-order", "hold", "requested before delivery or received before the request"))
    if line["evidence_complete"] is not True:
        found.append(Finding("evidence-missing", "hold", "photos and reason are not complete"))
    if line["reason_confirmed"] is not True:
        found.append(Finding("reason-unconfirmed", "hold", "customer service has not confirmed the reason"))
    if line.is_received(night.as_of):
        found += find_inspection(night, line)
    return found


def find_window(line: Line) -> list[Finding]:
    """RP-1: notice within window_days of delivery."""
    assert line.order_row is not None and line.policy is not None
    delivered = line.order_row["delivered_date"]
    if delivered is None:
        return [Finding("delivery-date-missing", "hold", "the day of delivery is unknown")]
    days, limit = (line["requested_date"] - delivered).days, line.policy["coverage.window_days"]
    if days > limit:
        message = f"requested {days} days after delivery on {delivered}; the limit is {limit}"
        return [Finding("window-expired", "reject", message)]
    return []


def find_inspection(night: Night, line: Line) -> list[Finding]:
    """RP-8, of a received return."""
    assert line.policy is not None
    settled = night.damage_is_settled(line.key)
    waived = line["reason"] in line.policy["damage.waived_for"]
    grade_is_needed = line["damage_amount"] is None and not waived and not settled
    needed = ["original_box", "items_missing", "packaging_damaged"] + ["damage_grade"] * grade_is_needed
    found = []
    if missing := [column for column in needed if line[column] is None]:
        found.append(Finding("inspection-missing", "hold", f"unknown: {', '.join(missing)}"))
    grade = line["damage_grade"]
    if grade_is_needed and grade is not None and grade not in line.policy["damage.rates"]:
        found.append(Finding("damage-unpriced", "hold", f"no rate for the grade {grade} and no damage_amount"))
    return found


def find_in_refused_delivery(night: Night, line: Line) -> list[Finding]:
    return find_receipt(night, line)


def find_in_cancellation(night: Night, line: Line) -> list[Finding]:
    """RP-13: only before the courier picks the order up."""
    assert line.order_row is not None
    picked_up = line.order_row["picked_up_date"]
    if picked_up is None:
        if line["reason_confirmed"] is True:
            return []
        return [Finding("pickup-unconfirmed", "hold", "nobody has confirmed that the order was stopped")]
    if picked_up < line["requested_date"]:
        return [Finding("picked-up", "reject", f"picked up on {picked_up}, before the request")]
    return [Finding("pickup-unconfirmed", "hold", f"picked up all the same, on {picked_up}")]


# ---------------------------------------------------------------------------------------------------------
# Section 4, stage D: units
# ---------------------------------------------------------------------------------------------------------


def by_order_line(lines: list[Line]) -> dict[OrderLineKey, list[Line]]:
    groups: dict[OrderLineKey, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.order_line_key].append(line)
    return groups


def stage_d(night: Night) -> None:
    """CT-2: no unit is refunded twice."""
    for order_line, lines in by_order_line(night.headed_for_refund()).items():
        order_row = lines[0].order_row
        assert order_row is not None
        found = []
        before, quantity = night.history.line_units[order_line], order_row["quantity"]
        expected = (
            share(merchandise_total(order_row), before, quantity),
            share(order_row["line_tax"], before, quantity),
        )
        if (night.history.line_merchandise[order_line], night.history.line_tax[order_line]) != expected:
            message = "the order's amounts or quantity were edited since a part of it was refunded"
            found.append(Finding("order-changed-after-refund", "hold", message))
        claimed = sum(line.q or 0 for line in lines)
        if before + claimed > quantity:
            rmas = ", ".join(sorted({line["rma_number"] for line in lines}))
            message = f"{before} units refunded and {claimed} claimed of {quantity}, by {rmas}"
            found.append(Finding("units-exceed-purchase", "hold", message))
        for line in lines:
            settle(night, line, "D", list(found))


# ---------------------------------------------------------------------------------------------------------
# Section 5. Money of the lines headed for refund
# ---------------------------------------------------------------------------------------------------------


def compute_money(night: Night) -> None:
    """Gross by cumulative share, then the deductions. Called again whenever stage E has taken lines out."""
    for order_line, lines in by_order_line(night.headed_for_refund()).items():
        before = night.history.line_units[order_line]
        for line in sorted(lines, key=lambda line: (line.start_date, line["rma_number"])):
            line.money = gross_parts(line, before)
            before += line.q or 0
    split_return_shipping(night)
    for line in night.headed_for_refund():
        deduct(night, line)


def gross_parts(line: Line, before: int) -> dict[str, int]:
    """merchandise, tax, shipping_refund (D, C) and their sum; and what outbound shipping (D) would cost."""
    row = line.order_row
    assert row is not None and line.q is not None
    after, quantity = before + line.q, row["quantity"]

    def part(total: int) -> int:
        return share(total, after, quantity) - share(total, before, quantity)

    money = {"merchandise": part(merchandise_total(row)), "tax": part(row["line_tax"])}
    money["shipping_refund"] = money["outbound"] = 0
    if line["return_type"] in ("refused_delivery", "cancellation"):
        money["shipping_refund"] = part(order_part("shipping_paid", line["order_line"], line.order_rows))
    if line["return_type"] == "refused_delivery":
        money["outbound"] = part(order_part("outbound_shipping_cost", line["order_line"], line.order_rows))
    money["gross_refund"] = money["merchandise"] + money["tax"] + money["shipping_refund"]
    return money


def split_return_shipping(night: Night) -> None:
    """Deduction 1: what is still open of the RMA's cost, over its R and D lines that may yet be refunded."""
    by_rma: dict[str, list[Line]] = defaultdict(list)
    for line in night.lines:
        if line["return_type"] != "cancellation" and (not line.decision or line.held_at in ("C", "D")):
            by_rma[line["rma_number"]].append(line)
    for rma_number, lines in by_rma.items():
        still_open = max(0, lines[0]["return_shipping_cost"] - night.history.rma_return_shipping[rma_number])
        parts = largest_remainder(still_open, {line["order_line"]: return_shipping_weight(line) for line in lines})
        for line in lines:
            line.return_shipping_part = parts[line["order_line"]]


def return_shipping_weight(line: Line) -> int:
    return expected_share(line, "merchandise") if line.decision else line.money["merchandise"]


def expected_share(line: Line, of: str) -> int:
    """share(T, min(q', n)) with b = 0: what an undecided line may come to."""
    row = line.order_row
    assert row is not None
    total = merchandise_total(row) if of == "merchandise" else row["line_tax"]
    return share(total, min(line.q_expected, row["quantity"]), row["quantity"])


def deduct(night: Night, line: Line) -> None:
    """Each deduction is capped at what is left of gross; net is never negative (CT-6)."""
    left = line.money["gross_refund"]
    shortfall = 0
    for deduction in DEDUCTIONS:
        figure = deduction_figure(night, line, deduction)
        charged = min(figure, left)
        line.money[deduction] = charged
        left -= charged
        shortfall += figure - charged
    line.money["total_deductions"] = line.money["gross_refund"] - left
    line.money["net_refund"] = left
    line.money["shortfall"] = shortfall


def deduction_figure(night: Night, line: Line, deduction: str) -> int:
    """Before capping. A person's waive or set-amount replaces the policy's figure."""
    if line["return_type"] not in TYPES_OF_DEDUCTION[deduction]:
        return 0
    answer = night.resolution(line.key, deduction)
    if answer and answer.action == "waive":
        return 0
    if answer and answer.action == "set-amount":
        return not_yet_charged(line, deduction, answer.amount)
    figure = {
        "return_shipping": return_shipping,
        "outbound_shipping": outbound_shipping,
        "restocking_fee": restocking_fee,
        "damage": damage,
        "cancellation_loss": cancellation_loss,
    }[deduction]
    return figure(line)


def not_yet_charged(line: Line, deduction: str, amount: int | None) -> int:
    """Unknown is 0. In a supplementary refund, less what earlier nights charged on this key, after capping."""
    return max(0, (amount or 0) - line.charged_before[deduction])


def return_shipping(line: Line) -> int:
    """RP-6. A waived line still takes its part, which is then not charged; the waiver is for returns only."""
    assert line.policy is not None
    waived = line["return_type"] == "return" and line["reason"] in line.policy["return_shipping.waived_for"]
    return 0 if waived else line.return_shipping_part


def outbound_shipping(line: Line) -> int:
    """RP-14."""
    return line.money["outbound"]


def restocking_fee(line: Line) -> int:
    """RP-7. Unknown is no trigger."""
    assert line.policy is not None
    is_so = {
        "original_box_missing": line["original_box"] is False,
        "items_missing": line["items_missing"] is True,
        "packaging_damaged": line["packaging_damaged"] is True,
    }
    if line["reason"] in line.policy["restocking.waived_for"]:
        return 0
    if not any(is_so[trigger] for trigger in line.policy["restocking.triggers"]):
        return 0
    return round_half_up(line.money["merchandise"] * line.policy["restocking.rate"])


def damage(line: Line) -> int:
    """RP-8."""
    assert line.policy is not None
    if line["reason"] in line.policy["damage.waived_for"]:
        return 0
    if line["damage_amount"] is not None:
        return not_yet_charged(line, "damage", line["damage_amount"])
    return round_half_up(line.money["merchandise"] * line.policy["damage.rates"].get(line["damage_grade"], Fraction(0)))


def cancellation_loss(line: Line) -> int:
    """RP-13."""
    return not_yet_charged(line, "cancellation_loss", line["cancellation_loss"])


# ---------------------------------------------------------------------------------------------------------
# Section 4, stage E: the payout; then the refunds and their warnings
# ---------------------------------------------------------------------------------------------------------


def by_order(lines: list[Line]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["order_number"]].append(line)
    return groups


def order_sum_above_limit(night: Night, order_number: str, lines: list[Line]) -> int | None:
    """What history refunded on the order plus tonight's net, if that needs a person; else None."""
    assert lines[0].policy is not None
    limit = lines[0].policy["approval.limit"]
    tonight = sum(line.money["net_refund"] for line in lines)
    total = night.history.order_net[order_number] + tonight
    return total if limit is not None and tonight > 0 and total > limit else None


def is_approved(night: Night, line: Line, total: int) -> bool:
    answer = night.resolution(line.key, "approval-required")
    return answer is not None and answer.action == "allow" and (answer.amount or 0) >= total


def stage_e(night: Night) -> None:
    """CT-3: all offending orders leave together, then it is checked again, until none offends."""
    while True:
        compute_money(night)
        offending = []
        for order_number, lines in by_order(night.headed_for_refund()).items():
            total = order_sum_above_limit(night, order_number, lines)
            if total is not None and not all(is_approved(night, line, total) for line in lines):
                offending += [(line, total) for line in lines]
        if not offending:
            break
        for line, total in offending:
            message = f"{show_money(total)} refunded on this order; a person approves what is above the limit"
            settle(night, line, "E", [Finding("approval-required", "hold", message, value=show_money(total))])
    for order_number, lines in by_order(night.headed_for_refund()).items():
        if order_sum_above_limit(night, order_number, lines) is not None:
            for line in lines:
                line.resolvers.add(night.resolution(line.key, "approval-required").resolved_by)  # type: ignore[union-attr]


def refund(night: Night) -> None:
    """What is still headed for refund is refunded; warnings stand on refunds only."""
    for line in night.headed_for_refund():
        line.decision = "refund"
        for deduction in DEDUCTIONS:
            answer = night.resolution(line.key, deduction)
            if answer and line["return_type"] in TYPES_OF_DEDUCTION[deduction]:
                line.resolvers.add(answer.resolved_by)
        line.findings = find_warnings(night, line)


def find_warnings(night: Night, line: Line) -> list[Finding]:
    found = []
    if line.money["shortfall"]:
        message = f"the deductions exceed the gross refund by {show_money(line.money['shortfall'])}"
        found.append(Finding("deductions-capped", "warning", message))
    payout_date, _, _ = payout_dates(night)
    assert line.due_date is not None
    if line.money["net_refund"] > 0 and payout_date > line.due_date:
        found.append(Finding("past-deadline", "warning", f"paid on {payout_date}, due on {line.due_date}"))
    if line.returned and line["quantity_received"] < line["quantity_requested"]:
        message = f"{line['quantity_received']} received of {line['quantity_requested']} requested"
        found.append(Finding("short-receipt", "warning", message))
    return found


def payout_dates(night: Night) -> tuple[Date, Date, Date]:
    """payout_date, credit_from and credit_to, in bank days of the version in force on as_of."""
    policy, calendar = night.policy, bank_days(night.policy)
    paid = calendar.add(night.as_of, policy["payout.lag_business_days"])
    return (
        paid,
        calendar.add(paid, policy["bank.credit_min_business_days"]),
        calendar.add(paid, policy["bank.credit_max_business_days"]),
    )


# ---------------------------------------------------------------------------------------------------------
# Section 7. Files out
# ---------------------------------------------------------------------------------------------------------

Cells = dict[str, str]


@dataclass
class Report:
    """What one night writes; every cell is the CSV text before quoting, after the leading apostrophe."""

    refunds: list[Cells]
    payouts: list[Cells]
    ledger: list[Cells]
    exceptions: list[Cells]


REFUND_COLUMNS = [
    "as_of",
    "rma_number",
    "order_number",
    "order_line",
    "sku",
    "return_type",
    "reason",
    "quantity",
    "decision",
    "codes",
    "merchandise",
    "tax",
    "shipping_refund",
    "gross_refund",
    "return_shipping",
    "outbound_shipping",
    "restocking_fee",
    "damage",
    "cancellation_loss",
    "total_deductions",
    "net_refund",
    "received_date",
    "due_date",
    "payout_date",
    "credit_from",
    "credit_to",
    "policy_version",
    "resolved_by",
]
MONEY_COLUMNS = REFUND_COLUMNS[REFUND_COLUMNS.index("merchandise") : REFUND_COLUMNS.index("net_refund") + 1]
PAYOUT_COLUMNS = [
    "payout_id",
    "payout_date",
    "rma_number",
    "order_number",
    "payment_method",
    "payment_reference",
    "amount",
    "currency",
    "due_date",
    "credit_from",
    "credit_to",
    "lines",
]
LEDGER_COLUMNS = [
    "entry_id",
    "entry_line",
    "posting_date",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "rma_number",
    "order_number",
    "clause",
    "memo",
    "policy_version",
]
EXCEPTION_COLUMNS = [
    "rma_number",
    "order_number",
    "order_line",
    "code",
    "severity",
    "clause",
    "field",
    "value",
    "message",
    "next_step",
    "claim_amount",
    "due_date",
    "business_days_left",
    "first_seen",
    "age_days",
    "source_file",
    "source_line",
    "action",
    "amount",
    "resolved_by",
    "note",
]
FROM_EXPORTS = [
    "rma_number",
    "order_number",
    "order_line",
    "sku",
    "payment_method",
    "payment_reference",
    "payout_id",
    "value",
    "resolved_by",
    "source_file",
]


def show(value: Any) -> str:
    """Text, date or count as a cell; unknown or not applicable is blank. Money is shown by show_money."""
    return "" if value is None else str(value)


def show_money(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def finish(rows: list[dict[str, Any]], columns: list[str]) -> list[Cells]:
    """Rows in their order with every column, and the leading apostrophe where text came from an export."""
    finished = []
    for row in rows:
        cells = {column: show(row.get(column)) for column in columns}
        finished.append({c: guard(text) if c in FROM_EXPORTS else text for c, text in cells.items()})
    return finished


def write_register(night: Night) -> list[Cells]:
    rows = [{column: show(cell) for column, cell in register_row(night, line).items()} for line in night.lines]
    for row in rows:
        for column in REFUND_COLUMNS:
            row.setdefault(column, "")
    key = ("rma_number", "order_number", "order_line", *REFUND_COLUMNS)
    return finish(sorted(rows, key=lambda row: [row[column] for column in key]), REFUND_COLUMNS)


def register_row(night: Night, line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {column: line[column] for column in line.row.values if column in REFUND_COLUMNS}
    del row["cancellation_loss"]  # as claimed; the register shows what was charged
    row["as_of"] = night.as_of
    row["quantity"] = line.q
    row["decision"] = line.decision
    row["codes"] = ";".join(sorted({finding.code for finding in line.findings}))
    row["resolved_by"] = ";".join(sorted(line.resolvers))
    if line.policy is not None:  # from stage C on
        assert line.order_row is not None
        row["sku"], row["policy_version"] = line.order_row["sku"], line.policy["version"]
        row["due_date"] = line.due_date
    if line.decision == "refund":
        row.update({column: show_money(line.money[column]) for column in MONEY_COLUMNS})
        if line.money["net_refund"]:
            row["payout_date"], row["credit_from"], row["credit_to"] = payout_dates(night)
    return row


def refunded_rmas(night: Night) -> dict[str, list[Line]]:
    rmas: dict[str, list[Line]] = defaultdict(list)
    for line in night.lines:
        if line.decision == "refund":
            rmas[line["rma_number"]].append(line)
    return dict(sorted(rmas.items()))


def total_of(lines: list[Line], column: str) -> int:
    return sum(line.money[column] for line in lines)


def write_payouts(night: Night) -> list[Cells]:
    payout_date, credit_from, credit_to = payout_dates(night)
    rows = []
    for rma_number, lines in refunded_rmas(night).items():
        net = total_of(lines, "net_refund")
        if not net:
            continue
        order_row = lines[0].order_row
        assert order_row is not None
        rows.append(
            {
                "payout_id": f"{rma_number}@{night.as_of}",
                "payout_date": payout_date,
                "rma_number": rma_number,
                "order_number": order_row["order_number"],
                "payment_method": order_row["payment_method"],
                "payment_reference": order_row["payment_reference"],
                "amount": show_money(net),
                "currency": night.policy["currency"],
                "due_date": min(line.due_date for line in lines if line.due_date),
                "credit_from": credit_from,
                "credit_to": credit_to,
                "lines": len(lines),
            }
        )
    return finish(rows, PAYOUT_COLUMNS)


def write_ledger(night: Night) -> list[Cells]:
    """Tonight's refund entries, and the payout entries whose day has come since the last night."""
    rows: list[dict[str, Any]] = []
    for rma_number, lines in refunded_rmas(night).items():
        rows += refund_entry(night, rma_number, lines)
        if net := total_of(lines, "net_refund"):
            night.history.payouts_to_post.append(payout_to_post(night, rma_number, lines, net))
    waiting = []
    for payout in night.history.payouts_to_post:
        if payout["posting_date"] <= night.as_of:
            rows += payout_entry(payout)
        else:
            waiting.append(payout)
    night.history.payouts_to_post = waiting
    # Python's sort keeps the order of rows within an entry.
    return finish(sorted(rows, key=lambda row: row["entry_id"]), LEDGER_COLUMNS)


def entry(head: dict[str, Any], sides: list[tuple[tuple[str, str], int, int, str]]) -> list[dict[str, Any]]:
    """A balanced entry from (account, debit, credit, clause); zero rows are left out."""
    assert sum(debit for _, debit, _, _ in sides) == sum(credit for _, _, credit, _ in sides)
    rows: list[dict[str, Any]] = []
    for (account, account_name), debit, credit, clause in sides:
        if debit or credit:
            row = dict(head, entry_line=len(rows) + 1, account=account, account_name=account_name, clause=clause)
            row["debit" if debit else "credit"] = show_money(debit or credit)
            rows.append(row)
    return rows


def account(policy: Policy, name: str) -> tuple[str, str]:
    return policy[f"accounts.{name}.code"], policy[f"accounts.{name}.name"]


def refund_entry(night: Night, rma_number: str, lines: list[Line]) -> list[dict[str, Any]]:
    policy = night.policy
    head = {
        "entry_id": f"REFUND:{rma_number}@{night.as_of}",
        "posting_date": night.as_of,
        "currency": policy["currency"],
        "rma_number": rma_number,
        "order_number": lines[0]["order_number"],
        "policy_version": judged_by(lines),
    }
    refused = any(line["return_type"] == "refused_delivery" for line in lines)
    debits = [
        ("sales_returns", "merchandise", ""),
        ("sales_tax_payable", "tax", ""),
        ("shipping_income", "shipping_refund", "RP-14" if refused else "RP-13"),
    ]
    credits = [
        ("return_shipping_recovered", "return_shipping", "RP-6"),
        ("outbound_shipping_recovered", "outbound_shipping", "RP-14"),
        ("restocking_fees", "restocking_fee", "RP-7"),
        ("damage_recoveries", "damage", "RP-8"),
        ("cancellation_recoveries", "cancellation_loss", "RP-13"),
        ("refunds_payable", "net_refund", ""),
    ]
    sides = [(account(policy, name), total_of(lines, column), 0, clause) for name, column, clause in debits]
    sides += [(account(policy, name), 0, total_of(lines, column), clause) for name, column, clause in credits]
    return entry(head, sides)


def judged_by(lines: list[Line]) -> str:
    assert lines[0].policy is not None
    return str(lines[0].policy["version"])


def payout_to_post(night: Night, rma_number: str, lines: list[Line], net: int) -> dict[str, Any]:
    """Remembered until its day comes, with the account codes of the refund's night."""
    return {
        "entry_id": f"PAYOUT:{rma_number}@{night.as_of}",
        "posting_date": payout_dates(night)[0],
        "currency": night.policy["currency"],
        "rma_number": rma_number,
        "order_number": lines[0]["order_number"],
        "policy_version": judged_by(lines),
        "from": account(night.policy, "refunds_payable"),
        "to": account(night.policy, "refund_clearing"),
        "amount": net,
    }


def payout_entry(payout: dict[str, Any]) -> list[dict[str, Any]]:
    return entry(payout, [(payout["from"], payout["amount"], 0, "RP-10"), (payout["to"], 0, payout["amount"], "RP-10")])


def clause_of(finding: Finding, line: Line) -> str:
    by_type = CLAUSES_BY_TYPE.get((finding.code, line["return_type"]))
    return by_type or CLAUSES.get(finding.code, "CT-1")


def exception_cells(night: Night, finding: Finding, clause: str, source_file: str, source_line: int) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "clause": clause,
        "field": finding.field,
        "value": finding.value,
        "message": finding.message,
        "source_file": source_file,
        "source_line": source_line,
    }


def line_exceptions(night: Night, line: Line) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """The rows of one line, each with the identity by which first_seen follows it from night to night."""
    exceptions = []
    for finding in line.findings:
        cells = exception_cells(night, finding, clause_of(finding, line), line.row.source_file, line.row.source_line)
        cells.update(zip(("rma_number", "order_number", "order_line"), line.key, strict=True))
        if line.policy is not None:  # from stage C on
            cells["claim_amount"] = show_money(expected_share(line, "merchandise") + expected_share(line, "tax"))
            if line.due_date is not None:
                cells["due_date"] = line.due_date
                cells["business_days_left"] = business_days_left(night, line.due_date)
        identity: tuple[str, ...] = (*line.key, finding.code)
        if finding.code == "invalid-value":
            identity += (finding.field,)
        exceptions.append((cells, identity))
    return exceptions


def business_days_left(night: Night, due_date: Date) -> int:
    calendar = business_days(night.policy)
    if due_date >= night.as_of:
        return calendar.count(night.as_of, due_date)
    return -calendar.count(due_date, night.as_of)


def write_exceptions(night: Night) -> list[Cells]:
    exceptions = list(night.loose_exceptions)
    for bad in night.inputs.malformed:
        finding = Finding("malformed-row", "hold", "wrong number of fields")
        cells = exception_cells(night, finding, "CT-1", bad.source_file, bad.source_line)
        exceptions.append((cells, ("malformed-row", bad.text)))
    for line in night.lines:
        exceptions += line_exceptions(night, line)
    first_seen = {identity: night.history.first_seen.get(identity, night.as_of) for _, identity in exceptions}
    night.history.first_seen = first_seen
    for cells, identity in exceptions:
        cells["first_seen"] = first_seen[identity]
        cells["age_days"] = (night.as_of - first_seen[identity]).days
    order = ("rma_number", "order_number", "order_line", "code", "field", "value", "first_seen", "source_file")
    rows = [cells for cells, _ in exceptions]
    rows.sort(key=lambda cells: ([show(cells.get(column)) for column in order], cells["source_line"]))
    return finish(rows, EXCEPTION_COLUMNS)


# ---------------------------------------------------------------------------------------------------------
# Section 9. What the next night will know
# ---------------------------------------------------------------------------------------------------------


def content_tonight(line: Line, earlier: Content | None) -> Content:
    """An order row that is not usable tonight counts as unchanged: what was known of it stays known."""
    of_order = deciding_order(line.order_row) if line.order_row else earlier.of_order if earlier else None
    return Content(deciding_return(line.row.values), of_order)


def remember(night: Night) -> None:
    history = night.history
    for line in night.lines:
        # What stage A stops is not remembered: it has no content to compare.
        if not line.decided_from_stage_b or line.decision == "already-decided":
            continue
        refunded = history.refunded.get(line.key)
        earlier = history.rejected.pop(line.key, None) or (refunded.content if refunded else None)
        if line.accepts_new_content:
            assert refunded is not None
            refunded.content = content_tonight(line, refunded.content)
            refunded.accepted_units = line.claim or 0
        elif line.decision == "reject":
            history.rejected[line.key] = content_tonight(line, earlier)
        elif line.decision == "refund":
            remember_refund(history, line)
    history.last_night = night.as_of


def remember_refund(history: History, line: Line) -> None:
    content = content_tonight(line, None)
    refunded = history.refunded.setdefault(line.key, Refunded(content))
    refunded.content = content
    units = line.q or 0
    refunded.units += units
    history.line_units[line.order_line_key] += units
    history.line_merchandise[line.order_line_key] += line.money["merchandise"]
    history.line_tax[line.order_line_key] += line.money["tax"]
    history.order_net[line["order_number"]] += line.money["net_refund"]
    for deduction in DEDUCTIONS:
        refunded.charged[deduction] += line.money[deduction]
    if line.returned:
        history.rma_return_shipping[line["rma_number"]] += line.return_shipping_part


# ---------------------------------------------------------------------------------------------------------
# The night
# ---------------------------------------------------------------------------------------------------------


def run_night(
    files: list[tuple[str, str, bytes]], policies: list[dict[str, Any]], as_of: Date, history: History
) -> tuple[Report, History]:
    """One night: what it writes, and the history for the next one; the given history stays as it was.

    `files` are (kind, name, content) with kind orders, returns or resolutions, read in the given order;
    `policies` are the TOML tables of all versions. Raises NightRefused with the exit code.
    """
    versions = read_policies(policies)
    if in_force_on(as_of, versions) is None:
        raise NightRefused(78, f"no policy is in force on {as_of}")
    if history.last_night is not None and as_of <= history.last_night:
        raise NightRefused(65, f"{as_of} is not after the last night, {history.last_night}")
    inputs = read_inputs(files, versions[0]["time_zone"])
    night = Night(as_of, versions, inputs, copy.deepcopy(history))
    note_keys_read(night)
    take_resolutions(night)
    stage_a(night)
    stage_b(night)
    stage_c(night)
    stage_d(night)
    stage_e(night)
    refund(night)
    report = Report(write_register(night), write_payouts(night), write_ledger(night), write_exceptions(night))
    remember(night)
    check_control_totals(night, report)
    return report, night.history


def note_keys_read(night: Night) -> None:
    """Resolutions may name what was read tonight or on an earlier night, valid or not."""
    for row in night.inputs.returns:
        night.history.keys_read.add(Line(row).key)


def check_control_totals(night: Night, report: Report) -> None:
    """Section 7, control totals: what must hold of every night, whatever went in."""
    refunds = [line for line in night.lines if line.decision == "refund"]
    paid = payable = 0
    for row in report.payouts:
        paid += read_money_of_any_size(row["amount"])
    for row in report.ledger:
        if row["entry_id"].startswith("REFUND:") and row["credit"] and not row["clause"]:
            payable += read_money_of_any_size(row["credit"])
    assert total_of(refunds, "net_refund") == paid == payable
    for line in refunds:
        assert line.money["net_refund"] == line.money["gross_refund"] - line.money["total_deductions"] >= 0
    assert all(line.decision for line in night.lines)


def read_money_of_any_size(text: str) -> int:
    return int(text.replace(".", ""))
