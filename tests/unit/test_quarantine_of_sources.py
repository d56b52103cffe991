"""What an event source sent stays its own, in quarantine and when it is sent again."""

import pytest

from botmeter.domain.errors import InvalidEvent, Refused
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.periods import to_ms
from botmeter.ports.metering import RejectedEvent
from tests.fakes.demo import STANDARD, bot, conversation
from tests.fakes.quarantine import Ingest
from tests.fakes.world import NOW, OPERATOR
from tests.unit.test_manage_quarantine import ALL, SOURCE, event, marks


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


def test_event_of_a_source_stays_its_own(ingest: Ingest) -> None:
    """Sent again and still bad, it comes back as what it was."""
    event_id = ingest.receive(event("bot_new"), source=SOURCE)
    ingest.manage.redrive(OPERATOR, event_id, None, NOW)
    ingest.work()
    assert [(found.event_id, found.source) for found in ingest.quarantine.events.values()] == [
        (event_id, SOURCE)
    ]

    ingest.world.add(bot(STANDARD, "bot_new"))
    ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)
    ingest.work()
    assert ingest.quarantine.events == {}
    assert len(ingest.world.usage.timelines[conversation(bot_id="bot_new")].marks) == 1


def test_correction_of_a_source_s_event_is_of_its_account(ingest: Ingest) -> None:
    """Another account's is refused, its own is taken."""
    event_id = ingest.receive('{"id": 1}', source=SOURCE)
    other = event(account_id="acct_other")
    ingest.world.add(bot(STANDARD, account_id="acct_other"))
    with pytest.raises(Refused, match=r"^text: data\.account_id: must be the account of the source$"):
        ingest.manage.redrive(OPERATOR, event_id, other, NOW)
    assert (ingest.queue.waiting, [*ingest.quarantine.events]) == ([], [event_id])

    ingest.manage.redrive(OPERATOR, event_id, event(), NOW)
    ingest.work()
    assert (marks(ingest), ingest.quarantine.events) == (1, {})


@pytest.mark.parametrize("text", [event(account_id="acct_other"), '{"account_id": "acct_other"}', "garbage"])
def test_event_that_is_not_its_source_s_is_never_sent(ingest: Ingest, text: str) -> None:
    """An earlier release may have kept it, or read it in another way: it stays, whatever is asked for."""
    error = InvalidEvent("data.bot_id", "must be a bot of data.account_id")
    ingest.quarantine.keep([RejectedEvent(text, error, to_ms(NOW), SOURCE)])
    ingest.hold(2)
    (event_id,) = (found.event_id for found in ingest.quarantine.events.values() if found.source)
    with pytest.raises(Refused, match=r"^text: "):
        ingest.manage.redrive(OPERATOR, event_id, None, NOW)
    done = ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)

    assert (done.sent, done.failed) == (2, 1)
    assert (len(ingest.queue.waiting), [*ingest.quarantine.events]) == (2, [event_id])


def test_same_text_of_two_sources_is_two_events(ingest: Ingest) -> None:
    """What one sends changes nothing of what another, or nobody known, has sent."""
    sources = [None, SOURCE, SourceIdentity("acct_acme", "src-2"), SourceIdentity("acct_other", "src-1")]
    ids = {ingest.receive("{}", source=source) for source in sources}

    assert len(ids) == len(ingest.quarantine.events) == 4
    assert {found.source for found in ingest.quarantine.events.values()} == {*sources}
