"""Credits: in which order grants are used, and how corrections fill them again."""

from dataclasses import replace
from datetime import timedelta

from botmeter.domain.credits import Grant, GrantKind, Wallet, give_back, take
from tests.fakes.demo import SINCE
from tests.fakes.states import EURO, NOW, free, october, paid

EMPTY = Wallet()


def left(*wallets: Wallet) -> dict[str, int]:
    return {g.grant_id: g.remaining_micros // EURO for wallet in wallets for g in wallet.grants}


def test_balance_is_what_is_left_less_what_is_owed() -> None:
    """Grants count by what is left of them; what sessions took beyond them is taken off."""
    assert Wallet((paid(10, 4), free(5, until=october(9)))).balance_micros == 9 * EURO
    assert Wallet((), 3 * EURO).balance_micros == -3 * EURO


def test_expired_grant_cannot_be_spent() -> None:
    """From its expiry on a grant is nothing; kinds can be told apart, and only the sum knows of debts."""
    wallet = Wallet((paid(10), free(5, until=october(9))), 2 * EURO)

    assert wallet.spendable_micros(october(8)) == 13 * EURO
    assert wallet.spendable_micros(october(9)) == 8 * EURO
    assert wallet.spendable_micros(october(8), GrantKind.FREE) == 5 * EURO
    assert wallet.spendable_micros(october(9), GrantKind.FREE) == 0
    assert wallet.spendable_micros(october(9), GrantKind.PAID) == 10 * EURO


def test_what_expires_first_is_used_first() -> None:
    """Earliest expiry comes first, whatever the kind; what never expires comes last."""
    soon = replace(paid(10, grant_id="paid-soon"), expires_at=october(8))
    later = free(10, until=october(9), grant_id="free-later")
    own, shared = take(Wallet((paid(10, grant_id="never"), soon)), Wallet((later,)), 15 * EURO)

    assert left(own, shared) == {"never": 10, "paid-soon": 0, "free-later": 5}


def test_free_is_used_before_paid() -> None:
    """Of two grants that expire together the free one goes first, the account's as well as the bot's."""
    bought = replace(paid(10, grant_id="paid"), expires_at=october(9))
    given = free(10, until=october(9), grant_id="free", at=SINCE + timedelta(days=1))
    own, shared = take(Wallet((bought,)), Wallet((given,)), 4 * EURO)

    assert left(own, shared) == {"paid": 10, "free": 6}


def test_oldest_is_used_first() -> None:
    """Of two alike the older one goes first, and of two of one instant always the same."""
    older, newer = paid(10, grant_id="z"), paid(10, grant_id="a", at=SINCE + timedelta(days=1))
    own, _ = take(Wallet((newer, older)), EMPTY, 4 * EURO)
    twin, _ = take(Wallet((paid(10, grant_id="z"), paid(10, grant_id="a"))), EMPTY, 4 * EURO)

    assert left(own) == {"a": 10, "z": 6}
    assert left(twin) == {"a": 6, "z": 10}


def test_what_no_grant_covers_is_owed_by_the_bot() -> None:
    """Sessions that took place are billed: the bot's own balance goes below zero, never the account's."""
    own, shared = take(Wallet((paid(1),)), Wallet((free(1, until=october(9)),)), 5 * EURO)

    assert (own.balance_micros, shared.balance_micros) == (-3 * EURO, 0)


def test_top_up_pays_what_is_owed_first() -> None:
    """Of 10 on a balance of -3 there are 7 left; of 2, none, and 1 is still owed."""
    owing = Wallet((), 3 * EURO)

    assert owing.credited(paid(10)) == Wallet((paid(10, 7),))
    assert owing.credited(paid(2)) == Wallet((paid(2, 0),), EURO)


def test_grant_is_credited_once() -> None:
    """A grant that is there already changes nothing."""
    wallet = Wallet((paid(10, 4),))

    assert wallet.credited(paid(10)) is wallet


def test_correction_first_lessens_what_is_owed() -> None:
    """What a bot owes was the last to be taken, so it is the first to be given back."""
    own, _ = give_back(Wallet((paid(10, 0),), 3 * EURO), EMPTY, 2 * EURO, NOW, "s-2")

    assert own == Wallet((paid(10, 0),), EURO)


def test_correction_fills_grants_in_reverse_order() -> None:
    """The grant that was used last is filled first, and none beyond what it was."""
    own, shared = Wallet((paid(10, grant_id="paid"),)), Wallet((free(10, until=october(9)),))
    taken = take(own, shared, 16 * EURO)
    once = give_back(*taken, 7 * EURO, NOW, "s-2")
    twice = give_back(*once, 9 * EURO, NOW, "s-3")

    assert left(*taken) == {"paid": 4, "free": 0}
    assert left(*once) == {"paid": 10, "free": 1}
    assert twice == (own, shared)


def test_correction_of_what_a_gone_grant_paid_is_a_new_grant() -> None:
    """When the grants that were used are gone, what is given back is the customer's own, for good."""
    own, shared = give_back(EMPTY, EMPTY, 2 * EURO, NOW, "s-2")

    assert own.grants == (Grant("s-2", GrantKind.PAID, 2 * EURO, 2 * EURO, NOW),)
    assert shared == EMPTY


def test_taking_nothing_changes_nothing() -> None:
    """Sessions that cost nothing leave both wallets as they are."""
    wallets = (Wallet((paid(10),)), Wallet((free(10, until=october(9)),)))

    assert take(*wallets, 0) == wallets


def test_expiry_takes_grants_away() -> None:
    """Grants that have expired are gone; those of them of which something was left are named."""
    lost, used_up = free(5, 2, until=NOW), free(5, 0, until=NOW, grant_id="used")
    kept = free(5, until=NOW + timedelta(microseconds=1), grant_id="kept")

    assert Wallet((lost, used_up, kept), EURO).expired(NOW) == (Wallet((kept,), EURO), [lost])


def test_next_expiry_is_of_what_is_left() -> None:
    """The next expiry is one to come, of a grant that is not used up."""
    grants = (
        paid(5, grant_id="never"),
        free(5, until=october(4), grant_id="past"),
        free(5, 0, until=october(8), grant_id="used"),
        free(5, until=october(10), grant_id="next"),
        free(5, until=october(12), grant_id="later"),
    )

    assert Wallet(grants).next_expiry(NOW) == october(10)
    assert Wallet(grants[:3]).next_expiry(NOW) is None


def test_extension_is_for_free_grants_that_still_last() -> None:
    """Free credits last at least until the new day; expired, endless and paid ones are as they were."""
    kept = (
        free(5, until=NOW, grant_id="expired"),
        free(5, until=october(30), grant_id="longer"),
        replace(paid(5), expires_at=october(8)),
        replace(free(5, until=NOW, grant_id="never"), expires_at=None),
    )
    extended = Wallet((free(5, until=october(8)), *kept)).extended(october(20), NOW)

    assert extended.grants == (free(5, until=october(20)), *kept)


def test_only_the_newest_used_grants_are_kept() -> None:
    """A wallet keeps ten used grants for corrections, and all of which something is left."""
    used = [paid(1, 0, f"used-{n:02}", SINCE + timedelta(days=n)) for n in range(12)]
    wallet = Wallet((paid(5, grant_id="open"), *used)).credited(paid(9, grant_id="new"))

    assert [g.grant_id for g in wallet.grants] == ["open", *(f"used-{n:02}" for n in range(2, 12)), "new"]
