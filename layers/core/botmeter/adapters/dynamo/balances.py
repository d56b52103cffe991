"""Balances and shared credits to stored items and back; nothing else knows their stored form."""

from typing import Any

from botmeter.adapters.dynamo.instants import due_ms, from_us, to_us
from botmeter.adapters.dynamo.keys import BALANCE_DUE, SHARED, SHARED_DUE, account_key
from botmeter.adapters.dynamo.models import BalanceItem, SharedCreditsItem
from botmeter.domain.balances import Balance, Entitlement, EntitlementReason, SharedCredits, Standing
from botmeter.domain.credits import Grant, GrantKind, Wallet


def to_balance_item(account_id: str, bot_id: str, balance: Balance) -> BalanceItem:
    """A balance as it is stored."""
    standing, due_at = balance.standing, balance.standing.next_change_at
    return BalanceItem(
        account_key(account_id),
        f"BALANCE#{bot_id}",
        grants=_to_rows(balance.wallet),
        overdraft_micros=balance.wallet.overdraft_micros,
        usage_sessions=balance.usage_sessions,
        alert_sessions=balance.alert_sessions,
        last_top_up_micros=balance.last_top_up_micros,
        conditions=set(standing.conditions),
        entitlements=[[to_us(e.since), e.reason.value] for e in standing.entitlements],
        next_change_at=due_at,
        as_of=standing.as_of,
        revision=balance.revision,
        due_shard=BALANCE_DUE if due_at else None,
        due_at=due_ms(due_at) if due_at else None,
    )


def to_balance(item: BalanceItem) -> Balance:
    """A stored balance."""
    return Balance(
        wallet=_to_wallet(item.grants, item.overdraft_micros),
        usage_sessions=item.usage_sessions,
        alert_sessions=item.alert_sessions,
        last_top_up_micros=item.last_top_up_micros,
        standing=Standing(
            frozenset(item.conditions or ()),
            tuple(
                Entitlement(from_us(since), EntitlementReason(reason)) for since, reason in item.entitlements
            ),
            item.next_change_at,
            item.as_of,
        ),
        revision=item.revision,
    )


def to_shared_item(account_id: str, shared: SharedCredits) -> SharedCreditsItem:
    """Shared credits as they are stored."""
    return SharedCreditsItem(
        account_key(account_id),
        SHARED,
        grants=_to_rows(shared.wallet),
        overdraft_micros=shared.wallet.overdraft_micros,
        free_credits_granted=shared.free_credits_granted,
        look_at=shared.due_at,
        revision=shared.revision,
        due_shard=SHARED_DUE if shared.due_at else None,
        due_at=due_ms(shared.due_at) if shared.due_at else None,
    )


def to_shared(item: SharedCreditsItem) -> SharedCredits:
    """Stored shared credits."""
    return SharedCredits(
        wallet=_to_wallet(item.grants, item.overdraft_micros),
        free_credits_granted=item.free_credits_granted,
        due_at=item.look_at,
        revision=item.revision,
    )


def _to_rows(wallet: Wallet) -> list[list[Any]]:
    """A wallet's grants as columns."""
    return [
        [
            grant.grant_id,
            grant.kind.value,
            grant.amount_micros,
            grant.remaining_micros,
            to_us(grant.granted_at),
            to_us(grant.expires_at) if grant.expires_at else None,
        ]
        for grant in wallet.grants
    ]


def _to_wallet(rows: list[list[Any]], overdraft_micros: int) -> Wallet:
    """The wallet of columns."""
    return Wallet(tuple(_to_grant(row) for row in rows), overdraft_micros)


def _to_grant(row: list[Any]) -> Grant:
    """The grant of one row."""
    grant_id, kind, amount, remaining, granted_us, expires_us = row
    expires_at = None if expires_us is None else from_us(expires_us)
    return Grant(grant_id, GrantKind(kind), amount, remaining, from_us(granted_us), expires_at)
