"""One refund night, computed the slow and obvious way: the oracle of the test suite.

This is an independent reading of the rulebook (sections 1 to 9) in plain Python: one row at a time, whole
cents in integers, dates counted day by day, nothing shared with the program under test. The fast columnar
program is compared with it over many random nights. Where the two differ, one of them misread a sentence of
the rulebook; which one is for a person to find out.

    report, history = run_night(files, policies, as_of, History(), opening=None, redo=False)

Each module is a section of the rulebook. Read them from `nights.run_night`, which is the table of contents.
Messages are free wording.
"""

from tests.naive.common import NightRefused
from tests.naive.files_in import tokenize
from tests.naive.history import History
from tests.naive.nights import run_night
from tests.naive.reports import Report

__all__ = ["History", "NightRefused", "Report", "run_night", "tokenize"]
