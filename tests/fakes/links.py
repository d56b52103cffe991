"""Following links from page to page, as somebody with much time does."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin, urlsplit

# A page as it was answered: its status, where it leads if it leads elsewhere, and what it shows.
Answered = tuple[int, str | None, str]
_ROOT = "/console/"
_NAME = re.compile("_|[0-9]")


def kind(place: str) -> str:
    """What sort of page a place is of: `bots/*/funds`, `usage`."""
    return "/".join("*" if _NAME.search(word) else word for word in urlsplit(place).path.split("/"))


def walk(get: Callable[[str], Answered], most: int) -> dict[str, int]:
    """The status of every page that links lead to from the first one.

    No more than `most` are looked at of a kind; on Usage, of a kind and a range.
    """
    statuses: dict[str, int] = {}
    seen: Counter[str] = Counter()
    waiting = ["home"]
    while waiting:
        at = waiting.pop()
        statuses[at], location, html = get(at)
        for place in _links(at, [location] if location else re.findall(r' href="([^"#]+)"', html)):
            sort = kind(place) + "".join(re.findall(r"range=(\w+)", place))
            if place not in statuses and place not in waiting and seen[sort] < most:
                seen[sort] += 1
                waiting.append(place)
    return statuses


def _links(at: str, found: list[str]) -> list[str]:
    """The places of the console that a page links to; files that it loads are none."""
    addresses = [urljoin(_ROOT + at, unescape(link)) for link in found]
    places = [address.removeprefix(_ROOT) for address in addresses if address.startswith(_ROOT)]
    return [place for place in places if not place.startswith("assets/")]
