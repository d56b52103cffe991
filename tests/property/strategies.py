"""Sets of marks as conversations make them, and worse."""

from hypothesis import strategies as st

from botmeter.domain.timeline import Kind, MeteringRule, encode_mark

MINUTE = 60_000
START_MS = 1_790_000_000_000
CONVERSATION_KINDS = [kind for kind in Kind if kind is not Kind.ALERT_DELIVERED]

# Instants near the limits of the rule, and any others within some hours.
instants = st.one_of(
    st.integers(0, 200 * MINUTE),
    st.builds(
        lambda quarters, off: max(0, quarters * 15 * MINUTE + off), st.integers(0, 12), st.integers(-1, 1)
    ),
).map(lambda offset: START_MS + offset)

mark = st.builds(encode_mark, instants, st.sampled_from(CONVERSATION_KINDS))
mark_sets = st.frozensets(mark, min_size=1, max_size=25)
rules = st.sampled_from([5, 15, 30]).map(lambda minutes: MeteringRule(idle_timeout_ms=minutes * MINUTE))
