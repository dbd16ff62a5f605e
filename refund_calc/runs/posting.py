"""The journal of a night: what it refunds, and the payouts whose date it reaches first (rulebook 7)."""

import pyarrow as pa

from refund_calc.history.nights import Terms
from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.reports import record
from refund_calc.reports.journal import (
    Journal,
    JournalEntries,
    PostingTerms,
    account_table,
    payout_entries,
    refund_entries,
)


def journal_of(night: Decided, past: Past) -> Journal:
    """The journal entries of a night."""
    terms = PostingTerms(night.as_of, night.policies.currency, account_table(night.policy.accounts))
    return Journal(payouts=_payout_entries(night, past), refunds=refund_entries(night.by_rma, terms))


def _payout_entries(night: Decided, past: Past) -> JournalEntries:
    """Payouts whose date is reached by this night first: earlier nights' and, with a lag of 0, tonight's."""
    reached = past.payouts
    terms = {decided: terms_of(known) for decided, known in past.terms.items()}
    accounts = account_table(night.policy.accounts)
    terms[night.as_of] = PostingTerms(night.calendar.payout_date, night.policies.currency, accounts)
    if night.calendar.payout_date <= night.as_of:
        reached = pa.concat_tables([reached, record.payouts(night)])
    return payout_entries(reached, terms)


def terms_of(known: Terms) -> PostingTerms:
    """Under which the payouts of an earlier night are posted."""
    return PostingTerms(known.payout_date, known.currency, known.accounts)
