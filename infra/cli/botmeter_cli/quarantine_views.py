"""The columns in which people read the events in quarantine. Names are the API's, whose views make them."""

from typing import Final

from botmeter_cli.output import Columns
from botmeter_cli.views import time_text

COLUMNS: Final[Columns] = {
    "Event": lambda event: event["event_id"],
    "Came": lambda event: time_text(event["received_at"]),
    "Refused": lambda event: f"{event['field']}: {event['rule']}",
    "Account": lambda event: event["account_id"] or "",
    "Bot": lambda event: event["bot_id"] or "",
    "Source": lambda event: (
        f"{event['source_account_id']}/{event['source_id']}" if event["source_id"] else ""
    ),
}
