"""The chart of sessions in the console."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from api.console.charts import Bucket, sessions_chart


def bucket(n: int, usage: int = 30, alerts: int = 10) -> Bucket:
    said = f"{n} Oct: {usage} usage sessions, {alerts} alert sessions"
    return Bucket(f"{n} Oct", said, usage, alerts, f"/console/bots/bot_1/sessions?day={n}&page=1")


def drawn(*buckets: Bucket) -> ET.Element:
    return parsed(sessions_chart(buckets, title="Sessions by day"))


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314  (our own)


def rectangles(link: ET.Element) -> dict[str, tuple[int, int]]:
    """The top and the bottom of each rectangle by its class."""
    return {
        found.attrib["class"]: (int(found.attrib["y"]), int(found.attrib["y"]) + int(found.attrib["height"]))
        for found in link.iter("rect")
    }


def test_nothing_is_drawn_of_nothing() -> None:
    """No buckets, no chart."""
    assert not sessions_chart([], title="Sessions by day")


def test_every_bar_is_a_link_that_says_its_numbers() -> None:
    """A bucket is one link, called what its tooltip says."""
    links = list(drawn(*(bucket(n) for n in range(1, 32))).iter("a"))

    assert [link.attrib["href"] for link in links] == [bucket(n).href for n in range(1, 32)]
    assert [link.findtext("title") for link in links] == [bucket(n).tooltip for n in range(1, 32)]


def test_the_chart_passes_the_strictest_policy() -> None:
    """It has no styles and no scripts, neither as elements nor as attributes."""
    svg = drawn(bucket(1))

    assert {element.tag for element in svg.iter()} == {"svg", "path", "text", "a", "title", "rect"}
    names = {name for element in svg.iter() for name in element.attrib}
    assert not {name for name in names if name == "style" or name.startswith("on")}


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><b onclick="x">', "a & b", "</svg>"])
def test_words_stay_words(hostile: str) -> None:
    """Whatever a label, a tooltip, a title or a number says, it is no markup."""
    chart = sessions_chart(
        [Bucket(hostile, hostile, 1, 0, hostile)], title=hostile, number=lambda count: f"{count}{hostile}"
    )
    svg = parsed(chart)

    assert {element.tag for element in svg.iter()} == {"svg", "path", "text", "a", "title", "rect"}
    assert svg.attrib["aria-label"] == hostile
    assert svg.findtext("a/title") == hostile


def test_bars_stand_on_the_axis_and_alerts_on_usage() -> None:
    """Heights are in proportion, and an empty bucket takes the mouse like any other."""
    full, empty = (rectangles(link) for link in drawn(bucket(1, 20, 20), bucket(2, 0, 0)).iter("a"))
    top, base = full["slot"]

    assert full["alerts"][0] == top
    assert full["alerts"][1] == full["usage"][0] == (top + base) // 2
    assert full["usage"][1] == base
    assert empty == {"slot": (top, base), "usage": (base, base), "alerts": (base, base)}


@pytest.mark.parametrize("buckets", [1, 7, 24, 31, 90])
def test_slots_share_the_width(buckets: int) -> None:
    """Slots touch each other from the axis to the right border, however many there are."""
    svg = drawn(*(bucket(n) for n in range(buckets)))
    slots = [link.find("rect") for link in svg.iter("a")]
    edges = [(int(slot.attrib["x"]), int(slot.attrib["width"])) for slot in slots if slot is not None]

    assert edges[0][0] == 64
    assert all(x + width == after for (x, width), (after, _) in pairwise(edges))
    assert sum(edges[-1]) == 940


@pytest.mark.parametrize(("buckets", "labels"), [(1, 1), (7, 7), (24, 12), (31, 11), (90, 12)])
def test_there_are_as_many_labels_as_there_is_room_for(buckets: int, labels: int) -> None:
    """Labels below the axis never run into each other."""
    svg = drawn(*(bucket(n) for n in range(buckets)))

    assert len([text for text in svg.iter("text") if (text.text or "").endswith("Oct")]) == labels


def test_counts_beside_the_axis_are_written_for_the_reader() -> None:
    """The axis has the reader's numbers; days without sessions have one as well."""
    chart = sessions_chart([bucket(1, 0, 0)], title="Sessions", number=lambda count: f"№{count}")

    assert [text for text in ("№0", "№1", "№2") if text in chart] == ["№0", "№1"]
