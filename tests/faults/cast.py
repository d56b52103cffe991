"""Who is in the scenarios: bots on each kind of plan that is metered, in two accounts and time zones."""

from dataclasses import replace

from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, STANDARD, TRIAL, bot

# An account half an hour off the full hours.
OTHER = replace(
    ACCOUNT,
    account_id="acct_other",
    customer=replace(CUSTOMER, name="Other Ltd"),
    time_zone="Asia/Kolkata",
)
ACCOUNTS = {account.account_id: account for account in (ACCOUNT, OTHER)}
BOTS = (
    bot(STANDARD),
    replace(bot(ESSENTIAL), idle_timeout_minutes=5),
    replace(bot(TRIAL), idle_timeout_minutes=30),
    bot(STANDARD, "bot_theirs", OTHER.account_id),
)
