"""The chart of sessions: a drawing with no style and no script in it.

The pages' style sheet colours it by its classes: `axis` and `label`, and for each link its `slot` (the whole
height above a label, which takes the mouse), `usage` and `alerts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from botmeter.domain.axes import axis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# In units of the drawing, which is as wide as the page lets it be.
_WIDTH, _HEIGHT = 960, 260
# The last label may reach beyond its slot.
_LEFT, _RIGHT, _TOP, _BASE = 64, _WIDTH - 20, 10, _HEIGHT - 28
# The share of a slot that its bar takes, in percent.
_BAR = 70
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sessions of an hour or a day: its label below the axis, what to say about it, where it leads."""

    label: str
    tooltip: str
    usage: int
    alerts: int
    href: str


def sessions_chart(buckets: Sequence[Bucket], *, title: str, number: Callable[[int], str] = str) -> Markup:
    """An SVG with a bar for each bucket, alerts on top of usage; nothing where there are no buckets.

    Each bar is a link, called what its tooltip says. `number` writes the counts beside the axis.
    """
    if not buckets:
        return Markup()
    counts = axis(max(1, *(bucket.usage + bucket.alerts for bucket in buckets)))
    # A group: an image would hide the links in it from those who cannot see it.
    svg = Element("svg", {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "group", "aria-label": title})
    for count in counts:
        svg.extend(_gridline(_y(count, counts), number(count)))
    for n, bucket in enumerate(buckets):
        svg.append(_bar(bucket, *_slot(n, len(buckets)), counts))
    svg.extend(_labels(buckets))
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704  (ElementTree escapes what is put in)


def _y(count: int, counts: range) -> int:
    """Where `count` sessions are on the axis of `counts`."""
    return _BASE - (_BASE - _TOP) * count // counts[-1]


def _slot(n: int, slots: int) -> tuple[int, int]:
    """Where the slot of bucket `n` starts, and where it ends."""
    width = _RIGHT - _LEFT
    return _LEFT + width * n // slots, _LEFT + width * (n + 1) // slots


def _gridline(y: int, count: str) -> Iterator[Element]:
    """A line of the axis, and the count that it stands for."""
    yield Element("path", {"class": "axis", "d": f"M{_LEFT} {y}H{_RIGHT}"})
    yield _label(_LEFT - 8, y + 4, count, "end")


def _bar(bucket: Bucket, left: int, right: int, counts: range) -> Element:
    """The link of a bucket between `left` and `right`."""
    link = Element("a", {"href": bucket.href})
    SubElement(link, "title").text = bucket.tooltip
    link.append(_rectangle("slot", left, right, _TOP, _BASE))
    margin = (right - left) * (100 - _BAR) // 200
    middle, top = _y(bucket.usage, counts), _y(bucket.usage + bucket.alerts, counts)
    link.append(_rectangle("usage", left + margin, right - margin, middle, _BASE))
    link.append(_rectangle("alerts", left + margin, right - margin, top, middle))
    return link


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
