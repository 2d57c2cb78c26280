"""Tables of two groups for tests that hold of all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from tissueclock.evidence.two_groups.table import TwoByTwo


@st.composite
def tables(draw, most: int = 40) -> TwoByTwo:
    n_1, n_2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return TwoByTwo(events_1=draw(st.integers(0, n_1)), n_1=n_1, events_2=draw(st.integers(0, n_2)), n_2=n_2)
