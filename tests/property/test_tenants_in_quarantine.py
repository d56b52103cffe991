"""Whatever a source sends, and whatever an operator sends again of it: other accounts have nothing of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.app import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from api.call import Call
from api.event_batches import read_events
from api.problems import InvalidRequest
from botmeter.domain.errors import Refused
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.members import Member
from botmeter.domain.nesting import MAX_NESTING, NESTING_RULE
from botmeter.domain.periods import to_ms
from botmeter.domain.quarantine import Selection, accounts_named_in, bot_named_in
from botmeter.services.record_events import RecordedBatch
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import STANDARD, bot
from tests.fakes.quarantine import Ingest
from tests.fakes.world import NOW, OPERATOR, World

VICTIM, SENDER = "acct_acme", "acct_other"
SOURCE = SourceIdentity(SENDER, "src-1")
BOT_ID = "bot_standard"
# More than any parser goes down.
DEEPEST = 1_100

names = st.sampled_from([VICTIM, SENDER, SENDER, "acct_nobody", 7, None])
bot_ids = st.sampled_from([BOT_ID, "bot_nobody"])
members = st.sampled_from(["account_id", "data", "time", "format"])
nestings = st.sampled_from([0, 0, 1, MAX_NESTING - 2, MAX_NESTING + 2, 250, 930, 990, DEEPEST])
pieces = st.sampled_from(
    [
        *'{}[]",:\\',
        " ",
        "\x00",
        "é",
        "\ud800",
        f'"account_id":"{VICTIM}"',
        f'"data":{{"account_id":"{VICTIM}"}}',
    ]
)


def new_ingest() -> Ingest:
    """Ingest that knows a bot of the same name of each account."""
    made = Ingest(World([bot(STANDARD), bot(STANDARD, account_id=SENDER)]))
    made.queue.longest = 100_000
    return made


def canonical(account_id: Any, bot_id: str = BOT_ID, **also: Any) -> dict[str, Any]:
    """A message of now."""
    data = {"account_id": account_id, "bot_id": bot_id, "conversation_id": "c-1", "role": "user"}
    whole = {"specversion": "1.0", "id": "e", "source": "s", "type": "conversation.message"}
    return {**whole, "time": NOW.isoformat(), "data": data, **also}


def native(account_id: Any, bot_id: str = BOT_ID, **also: Any) -> dict[str, Any]:
    """The same as an activity of Bot Framework."""
    who, where = {"id": "u", "role": "user"}, {"id": "c-1"}
    record = {"type": "message", "id": "1", "timestamp": NOW.isoformat(), "from": who, "conversation": where}
    return {"format": "bot-framework", "account_id": account_id, "bot_id": bot_id, "record": record, **also}


def deepened(text: str, levels: int) -> str:
    """An object with one member more: a number in so many arrays, one in another."""
    return f'{text[:-1]}, "x": {"[" * levels}0{"]" * levels}}}'


@st.composite
def sent(draw: st.DrawFn) -> str:
    """An event of anybody's, sound or spoilt: deep, cut, spliced, with names out of place."""
    make = draw(st.sampled_from([canonical, native]))
    event = make(draw(names), draw(bot_ids))
    event |= draw(st.dictionaries(members, names | st.builds(dict), max_size=1))
    text = deepened(json.dumps(event), draw(nestings))
    if draw(st.booleans()):
        first, last = sorted(draw(st.integers(0, len(text))) for _ in range(2))
        text = (
            text[:first]
            + "".join(draw(st.lists(pieces, max_size=4)))
            + text[draw(st.sampled_from([first, last])) :]
        )
    return draw(st.sampled_from(["{}", "{}", "[{}]", '{{"data": {}}}'])).format(text)


def send(ingest: Ingest, *texts: str) -> RecordedBatch | None:
    """What becomes of a request of the source; None if it is refused as a whole."""
    event = payload("api_get_bots.json")
    body = f"[{','.join(texts)}]".encode("utf-8", "surrogatepass")
    event.update(body=body, headers={"content-type": "application/json"})
    call: Call[None] = Call(Member("", "", frozenset()), None, Request(event, FakeContext()), "")
    try:
        found = read_events(call)
    except InvalidRequest:
        return None
    return record(ingest, *found)


def record(ingest: Ingest, *texts: str) -> RecordedBatch:
    """What becomes of texts of the source."""
    return ingest.record(texts, to_ms(NOW), dict.fromkeys(range(len(texts)), SOURCE))


def send_all_again(ingest: Ingest) -> None:
    """Let the operator redrive everything, twice, from a stack that is almost empty."""
    for _ in range(2):
        ingest.manage.redrive_matching(OPERATOR, Selection(), None, NOW)
        ingest.work()


def require_nothing_of_others(ingest: Ingest) -> None:
    """No mark, no archived event, and in quarantine no text that names another account or has no source."""
    assert {subject.account_id for subject in ingest.world.usage.timelines} <= {SENDER}
    assert {report.sighting.subject.account_id for report in ingest.archive.kept} <= {SENDER}
    for event in ingest.quarantine.events.values():
        named = accounts_named_in(event.text)
        assert named is not None
        assert named <= {SENDER}
        assert bot_named_in(event.text)[0] in {None, SENDER}
        assert event.source == SOURCE


@settings(max_examples=200)
@given(st.lists(sent(), min_size=1, max_size=3))
def test_no_text_of_a_source_reaches_another_account(texts: list[str]) -> None:
    """Neither when it comes, nor when all in quarantine is sent again."""
    for way in (send, record):
        ingest = new_ingest()
        way(ingest, *texts)
        require_nothing_of_others(ingest)
        send_all_again(ingest)
        require_nothing_of_others(ingest)


@settings(max_examples=50)
@given(
    st.sampled_from([canonical, native]),
    bot_ids,
    names.filter(lambda name: name != SENDER),
    st.integers(0, 1),
)
def test_no_correction_makes_it_another_account_s(make: Any, bot_id: str, name: Any, levels: int) -> None:
    """What the source sent stays as it is."""
    ingest = new_ingest()
    record(ingest, json.dumps(canonical(SENDER, "bot_nobody")))
    (event_id,) = ingest.quarantine.events
    with pytest.raises(Refused):
        ingest.manage.redrive(OPERATOR, event_id, deepened(json.dumps(make(name, bot_id)), levels), NOW)

    assert [*ingest.quarantine.events] == [event_id]
    assert ingest.queue.waiting == []


@pytest.mark.parametrize("make", [canonical, native])
def test_no_depth_of_nesting_reaches_another_account(make: Any) -> None:
    """However deep the stack on which it is read, and however shallow the one on which it is read again."""
    ingest = new_ingest()
    results = []
    for levels in range(DEEPEST):
        batch = send(ingest, deepened(json.dumps(make(VICTIM)), levels))
        assert batch is not None
        results += batch.results()
    with ThreadPoolExecutor(1) as shallow:
        shallow.submit(send_all_again, ingest).result()

    assert {result["field"] for result in results[:MAX_NESTING]} == {"data.account_id"}
    assert {result["rule"] for result in results[MAX_NESTING:]} == {NESTING_RULE}
    assert (ingest.quarantine.events, ingest.archive.kept, ingest.world.usage.timelines) == ({}, [], {})
