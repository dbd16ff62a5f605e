"""`refund-calc explain`: the whole story of a return, for whoever asks why."""

from pathlib import Path

import click

from jobs.options import INPUT, option, out_option


def _given(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """What is asked for; a shell takes an unquoted #1053, and all that follows, for a comment."""
    if value is None and not ctx.resilient_parsing:
        raise click.UsageError("give the number of an RMA or an order; one that begins with # in quotes, or without it")
    return value or ""


@click.command("explain")
@click.argument("number", metavar="RMA|ORDER", required=False, callback=_given)
@out_option
@option("--policy", type=INPUT, help="Policy folder: tells rates where its file is the one that the night used.")
@click.option("--json", "as_json", is_flag=True, help="The story for programs, with stable keys.")
@click.option("--letter", is_flag=True, help="A text for the customer: the decision, the arithmetic, the clause.")
def command(number: str, out: Path, policy: Path | None, as_json: bool, letter: bool) -> None:
    """Tell why a return got what it got, over all nights: what was bought and came back, each clause that spoke,
    who decided otherwise, the arithmetic to the net, and when the money leaves."""
    if as_json and letter:
        raise click.UsageError("--json and --letter are two forms of one story; give one of them")
    from refund_calc.policy.versions import load_policies
    from refund_calc.reading.story.told import story

    told = story(out, number, load_policies(policy) if policy else None)
    if as_json:
        from refund_calc.reading.story.as_json import as_json as written
    elif letter:
        from refund_calc.reading.story.letter import letter as written
    else:
        from refund_calc.reading.story.text import text as written
    click.echo(written(told))
