"""The chart of sessions: a drawing with no style and no script in it.

The pages' style sheet colours it by its classes: `axis` and `label`, `usage` and `alerts`, and for each link
its `slot` (the whole height above a label, which takes the mouse) and its `tip`, which shows under the mouse
and with the focus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from botmeter.domain.axes import axis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# In units of the drawing, which is as wide as the page lets it be.
_WIDTH, _HEIGHT = 960, 260
# The counts stand at both ends: where the drawing is wider than the screen, one of them is seen.
_LEFT, _RIGHT, _TOP, _BASE = 64, _WIDTH - 60, 10, _HEIGHT - 28
# The share of a slot that its bar takes, in percent.
_BAR = 70
_MOST_LABELS = 12
# In hundredths of the letters' size: how wide letters are at most on average, and the room around them.
_LETTER, _PADDING = 62, 80
# The room that a tip takes at the largest size of its letters.
_TIP_HEIGHT = 58


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sessions of an hour or a day: its label below the axis, its name, its counts in words, its address."""

    label: str
    name: str
    counts: str
    usage: int
    alerts: int
    href: str


def sessions_chart(buckets: Sequence[Bucket], *, title: str, number: Callable[[int], str] = str) -> Markup:
    """An SVG with a bar for each bucket, alerts on top of usage; nothing where there are no buckets.

    Each bar is a link, called what its tip says. `number` writes the counts beside the axis.
    """
    if not buckets:
        return Markup()
    counts = axis(max(1, *(bucket.usage + bucket.alerts for bucket in buckets)))
    # A group: an image would hide the links in it from those who cannot see it.
    svg = Element("svg", {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "group", "aria-label": title})
    for count in counts:
        svg.extend(_gridline(_y(count, counts), number(count)))
    placed = [(bucket, *_slot(n, len(buckets))) for n, bucket in enumerate(buckets)]
    for one in placed:
        svg.extend(_bar(*one, counts))
    svg.extend(_labels(buckets))
    # What comes later lies above: a tip reaches over the bars beside its own.
    links = [_link(*one, counts) for one in placed]
    _mark_latest(links, buckets)
    svg.extend(links)
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704  (ElementTree escapes what is put in)


def _y(count: int, counts: range) -> int:
    """Where `count` sessions are on the axis of `counts`."""
    return _BASE - (_BASE - _TOP) * count // counts[-1]


def _slot(n: int, slots: int) -> tuple[int, int]:
    """Where the slot of bucket `n` starts, and where it ends."""
    width = _RIGHT - _LEFT
    return _LEFT + width * n // slots, _LEFT + width * (n + 1) // slots


def _gridline(y: int, count: str) -> Iterator[Element]:
    """A line of the axis, with the count that it stands for at both ends."""
    yield Element("path", {"class": "axis", "d": f"M{_LEFT} {y}H{_RIGHT}"})
    yield _label(_LEFT - 8, y + 4, count, "end")
    yield _label(_RIGHT + 8, y + 4, count, "start")


def _bar(bucket: Bucket, left: int, right: int, counts: range) -> Iterator[Element]:
    """What is seen of a bucket between `left` and `right`."""
    margin = (right - left) * (100 - _BAR) // 200
    middle, top = _y(bucket.usage, counts), _y(bucket.usage + bucket.alerts, counts)
    yield _rectangle("usage", left + margin, right - margin, middle, _BASE)
    yield _rectangle("alerts", left + margin, right - margin, top, middle)


def _link(bucket: Bucket, left: int, right: int, counts: range) -> Element:
    """The link of a bucket between `left` and `right`, with its tip."""
    link = Element("a", {"href": bucket.href, "aria-label": f"{bucket.name}: {bucket.counts}"})
    link.append(_rectangle("slot", left, right, _TOP, _BASE))
    top = _y(bucket.usage + bucket.alerts, counts)
    link.append(_tip(bucket, (left + right) // 2, max(_TOP, top - _TIP_HEIGHT)))
    return link


def _mark_latest(links: Sequence[Element], buckets: Sequence[Bucket]) -> None:
    """Name the latest link with sessions, which the pages' script brings into view."""
    used = [link for link, bucket in zip(links, buckets, strict=True) if bucket.usage or bucket.alerts]
    for link in used[-1:]:
        link.set("data-latest", "")


def _tip(bucket: Bucket, x: int, y: int) -> Element:
    """The words of a bucket in a box, at the side of `x` where there is room.

    The style sheet says how large its letters are, so the box is measured in these.
    """
    side = "start" if x < _WIDTH // 3 else "end" if x > _WIDTH * 2 // 3 else "middle"
    width = _LETTER * max(map(_letters, (bucket.name, bucket.counts))) + 2 * _PADDING
    left = {"start": 0, "middle": -width // 2, "end": -width}[side]
    tip = Element("g", {"class": "tip", "transform": f"translate({x} {y})", "aria-hidden": "true"})
    SubElement(tip, "rect", {"x": _em(left), "y": "0", "width": _em(width), "height": "3.2em", "rx": "5"})
    for text, line in ((bucket.name, "1.3em"), (bucket.counts, "2.6em")):
        SubElement(tip, "text", {"x": _em(left + _PADDING), "y": line}).text = text
    return tip


def _letters(text: str) -> int:
    """How many letters of the usual width a text is wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _em(hundredths: int) -> str:
    """A length in the size of the letters."""
    return f"{hundredths / 100:g}em"


def _rectangle(kind: str, left: int, right: int, top: int, bottom: int) -> Element:
    """A rectangle of the class `kind`."""
    sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return Element("rect", {"class": kind, **{name: str(value) for name, value in sides.items()}})


def _labels(buckets: Sequence[Bucket]) -> Iterator[Element]:
    """As many labels as there is room for."""
    for n in range(0, len(buckets), -(-len(buckets) // _MOST_LABELS)):
        left, right = _slot(n, len(buckets))
        yield _label((left + right) // 2, _HEIGHT - 8, buckets[n].label, "middle")


def _label(x: int, y: int, text: str, anchor: str) -> Element:
    """Words at a point of the drawing, which is their middle, or their end."""
    label = Element("text", {"class": "label", "x": str(x), "y": str(y), "text-anchor": anchor})
    label.text = text
    return label
