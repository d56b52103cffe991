"""Whatever happens to an account over half a year: all that there is to bill is billed, once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.invoice_world import InvoiceWorld

numbers = st.integers(0, 1_000)
wait = st.tuples(st.just("wait"), st.integers(10, 39), st.integers(0, 23))
steps = st.one_of(
    wait,
    wait,
    st.tuples(st.just("choose"), numbers, st.just(2)),
    st.tuples(st.just("use"), numbers, st.integers(-30, 60)),
    st.tuples(st.just("choose"), numbers, st.integers(0, 2)),
    st.tuples(st.just("decide"), numbers, numbers),
    st.tuples(st.just("void"), numbers, numbers),
    st.tuples(st.just("regenerate"), numbers, numbers),
)


@settings(max_examples=100)
@given(st.lists(steps, min_size=15, max_size=30))
def test_all_that_is_billed_is_all_that_there_is(script: list[tuple[str, int, int]]) -> None:
    """Sessions, fees, orders and free credits add up after every step, whatever is void and made anew."""
    world = InvoiceWorld()
    for name, first, second in script:
        getattr(world, name)(first, second)
        world.check()
    world.wait(39, 0)
    world.check()
