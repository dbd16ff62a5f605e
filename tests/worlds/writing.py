"""A night's story written as CSV files."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.worlds.shop_refunds import with_shop_refunds
from tests.worlds.spelling import EXTRA_HEADERS, NEEDS_QUOTES, escaped, odd_case, padded, respelt
from tests.worlds.words import COLUMNS, NOTES, OPTIONAL_COLUMNS, RESOLUTION_COLUMNS, Row
from tests.worlds.world import Layout, World


@dataclass(frozen=True)
class NightInput:
    """The input files of one night: (kind, file name, content), by kind and then in order of name."""

    as_of: date
    files: tuple[tuple[str, str, bytes], ...]
    opening: str | None = None  # the text of the opening file (--opening): of the first night only, and of its redo
    is_redo: bool = False  # the night before is computed again for the same as_of, with these files (--redo)


def layout_of(world: World, kind: str, fresh: bool = False) -> Layout:
    """The layout of a kind's files; a shop's exports mostly look alike from night to night."""
    if kind in world.layouts and not fresh:
        return world.layouts[kind]
    rng = world.rng
    names: list[str | None] = [
        name for name in COLUMNS[kind] if name not in OPTIONAL_COLUMNS or (world.every_rule and not world.chance(0.25))
    ]
    if kind == "resolutions":
        rare = {"order_number": 0.25, "amount": 0.08, "note": 0.4}
        names = [name for name in names if not world.chance(rare.get(name or "", 0))]
    if world.chance(0.5):
        rng.shuffle(names)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        names.insert(rng.randint(0, len(names)), None)
    odd = world.chance(0.3)
    layout = Layout(
        names=tuple(names),
        headers=tuple(
            rng.choice(EXTRA_HEADERS) if name is None else odd_case(rng, name) if odd else name for name in names
        ),
        newline=rng.choice(("\n",) * 12 + ("\r\n",) * 7 + ("mixed",)),
        bom=world.chance(0.2),
        quotes_all=world.chance(0.07),
        quirks=rng.choice((0.0, 0.0, 0.1, 0.3, 1.0)),
    )
    world.layouts[kind] = layout
    return layout


def write_night(world: World) -> NightInput:
    """Tonight's story as files."""
    orders = [row for rows in world.orders.values() for row in rows] + world.order_copies
    if world.every_rule:
        orders = with_shop_refunds(world, orders)
    returns = list(world.returns.values()) + world.return_copies
    # An export may be empty: a header and no more.
    files = write_kind(world, "orders", [] if world.chance(0.005) else orders)
    files += write_kind(world, "returns", [] if world.chance(0.01) else returns)
    if world.resolutions or world.malformed["resolutions"] or world.chance(0.15):
        files += write_kind(world, "resolutions", world.resolutions)
    return NightInput(world.as_of, tuple(files))


def write_kind(world: World, kind: str, rows: list[Row]) -> list[tuple[str, str, bytes]]:
    """The rows of one kind in one file or several, by name."""
    rng = world.rng
    rows = list(rows)
    # Of two resolutions the later one wins: their order is a part of the story.
    in_pieces = world.in_pieces and kind == "orders"
    if kind != "resolutions" and (world.chance(0.6) or in_pieces):
        rng.shuffle(rows)
    shares = [rows]
    if world.chance(0.2) or in_pieces:
        cuts = sorted(rng.randint(0, len(rows)) for _ in range(rng.choice((1, 1, 2))))
        shares = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    elif kind != "resolutions" and world.chance(0.01):
        shares = [rows, rows]
    names = sorted([f"{kind}.csv", *(f"{kind}-{number}.csv" for number in range(2, len(shares) + 1))])
    bad_in = rng.randrange(len(shares))
    files = []
    for i, (name, share) in enumerate(zip(names, shares, strict=True)):
        layout = layout_of(world, kind, fresh=world.chance(0.25))
        content = write_file(world, kind, layout, share, world.malformed[kind] if i == bad_in else [])
        files.append((kind, name, content))
    return files


def write_file(world: World, kind: str, layout: Layout, rows: list[Row], malformed: list[list[str]]) -> bytes:
    """One CSV file."""
    rng = world.rng
    lines = [csv_line(world, layout, layout.headers)]
    for row in rows:
        if kind == "resolutions":
            row = escaped(world, row)
            if rng.random() < layout.quirks:
                row |= {name: padded(rng, row[name]) for name in rng.sample(tuple(RESOLUTION_COLUMNS), 2)}
        elif rng.random() < layout.quirks:
            row = respelt(world, {name: COLUMNS[kind][name] for name in COLUMNS[kind] if name in row}, row)
        cells = [rng.choice(NOTES) if name is None else row[name] for name in layout.names]
        lines.append(csv_line(world, layout, cells))
    for fields in malformed:
        lines.insert(rng.randint(1, len(lines)), csv_line(world, layout, fields, plain=True))
    if world.chance(0.12):
        for _ in range(rng.randint(1, 3)):
            lines.insert(rng.randint(0 if world.chance(0.1) else 1, len(lines)), "")
    if layout.newline == "mixed":
        text = "".join(line + rng.choice(("\n", "\r\n")) for line in lines)
    else:
        text = layout.newline.join(lines) + layout.newline
    if world.chance(0.15) and lines[-1] and not lines[-1].endswith('"'):
        text = text.rstrip("\r\n")
    return (b"\xef\xbb\xbf" if layout.bom else b"") + text.encode()


def csv_line(world: World, layout: Layout, cells: Sequence[str], plain: bool = False) -> str:
    """Cells with quotes where needed and, unless plain, in some places where not."""
    if layout.quotes_all and not plain:
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    fancy = not plain and world.rng.random() < layout.quirks
    if not fancy and not NEEDS_QUOTES.search("".join(cells)):
        return ",".join(cells)
    return ",".join(csv_cell(world.rng, cell, fancy) for cell in cells)


def csv_cell(rng: random.Random, cell: str, fancy: bool) -> str:
    """One cell as RFC 4180 and its lenient readers know it."""
    if not NEEDS_QUOTES.search(cell):
        if not fancy or rng.random() > 0.1:
            return cell
        # Text after a closing quote belongs to the cell.
        cut = len(cell) if rng.random() < 0.8 else rng.randint(0, len(cell))
        return f'"{cell[:cut]}"{cell[cut:]}'
    if fancy and not cell.startswith('"') and not re.search(r"[,\r\n]", cell) and rng.random() < 0.5:
        # A quote inside an unquoted cell is an ordinary character.
        return cell
    return '"' + cell.replace('"', '""') + '"'
