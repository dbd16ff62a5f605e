"""Groups of neighbours: where they begin, who shares one, and what differs from the row above."""

import numpy as np

from refund_calc.columns import groups


def test_rows_in_company_are_those_that_share_a_key() -> None:
    assert groups.in_company(np.array([1, 2, 2, 3, 4, 4, 4])).tolist() == [False, True, True, False, True, True, True]
    assert groups.in_company(np.array([5])).tolist() == [False]
    assert groups.in_company(np.array([], np.int64)).tolist() == []
