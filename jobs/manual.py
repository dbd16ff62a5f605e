"""`refund-calc manual`: the pages of the manual, at hand where no browser is."""

import re
from difflib import get_close_matches
from importlib.resources import files

import click

TOPICS = {
    "analyst": "Working the exceptions: how to answer, with examples.",
    "morning": "The page of the night and its figures; why a return got what it got; a letter to the customer.",
    "operator": "Cron, exit codes, failures, redo, backups, the index, verify.",
    "files": "Every column in and out, with examples, and the record files.",
    "books": "The ledger in other programs, payouts for a processor, and whether the money moved.",
    "warehouse": "All nights in PostgreSQL or a DuckDB file: loading, rights, tables, ten queries.",
    "mappings": "Exports of shops, returns apps and warehouses, and checking an inbox.",
    "shopify": "Shopify's orders export: what becomes of it, what is held, settings.",
    "scale": "Nights larger than a machine's memory, and many machines: how nights are split, and what that costs.",
    "policy": "Findings, money, dates, versions, and what the policy leaves open.",
}
MARKER = re.compile(r"^<!-- (?:table: [a-z-]+|end) -->\n", re.MULTILINE)


@click.command("manual")
@click.argument("topic", required=False)
def command(topic: str | None) -> None:
    """Print a page of the manual; without TOPIC, list the pages."""
    click.echo(page(_found(topic)) if topic is not None else _list(), nl=topic is None)


def page(topic: str) -> str:
    """The page as Markdown, without the markers between which its tables are drawn."""
    return MARKER.sub("", (files("refund_calc") / "manual" / f"{topic}.md").read_text(encoding="utf-8"))


def _list() -> str:
    width = max(map(len, TOPICS))
    rows = [f"refund-calc manual {topic.ljust(width)}  {what}" for topic, what in TOPICS.items()]
    return "\n".join(rows)


def _found(topic: str) -> str:
    name = topic.strip().lower().removesuffix(".md")
    if name not in TOPICS:
        close = get_close_matches(name, TOPICS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(TOPICS)}"
        raise click.BadParameter(f'"{topic}" is no page of the manual; {hint}', param_hint="TOPIC")
    return name
