"""The chart of sessions in the console."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from api.console.charts import Bucket, sessions_chart


def bucket(n: int, usage: int = 30, alerts: int = 10) -> Bucket:
    counts = f"{usage} usage sessions, {alerts} alert sessions"
    href = f"/console/bots/bot_1/sessions?day={n}&page=1"
    return Bucket(f"{n} Oct", f"Day {n}", counts, usage, alerts, href)


def drawn(*buckets: Bucket) -> ET.Element:
    return parsed(sessions_chart(buckets, title="Sessions by day"))


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314  (our own)


def rectangles(svg: ET.Element, kind: str) -> list[tuple[int, int]]:
    """The top and the bottom of each rectangle of a class."""
    return [
        (int(found.attrib["y"]), int(found.attrib["y"]) + int(found.attrib["height"]))
        for found in svg.iter("rect")
        if found.attrib.get("class") == kind
    ]


def tips(svg: ET.Element) -> list[ET.Element]:
    return [group for group in svg.iter("g") if group.attrib["class"] == "tip"]


def ems(length: str) -> float:
    return float(length.removesuffix("em"))


def test_nothing_is_drawn_of_nothing() -> None:
    """No buckets, no chart."""
    assert not sessions_chart([], title="Sessions by day")


def test_every_bar_is_a_link_that_says_its_numbers() -> None:
    """A bucket is one link, called what its tip says."""
    links = list(drawn(*(bucket(n) for n in range(1, 32))).iter("a"))

    assert [link.attrib["href"] for link in links] == [bucket(n).href for n in range(1, 32)]
    assert [link.attrib["aria-label"] for link in links] == [
        f"Day {n}: 30 usage sessions, 10 alert sessions" for n in range(1, 32)
    ]
    assert ["".join(tip.itertext()) for tip in tips(links[4])] == [
        "Day 530 usage sessions, 10 alert sessions"
    ]


@pytest.mark.parametrize(("counts", "latest"), [([1, 2, 0, 0], ["1"]), ([0, 0], []), ([0, 3], ["1"])])
def test_latest_bar_with_sessions_is_named(counts: list[int], latest: list[str]) -> None:
    """For the script that brings it into view; of nothing, none is."""
    svg = drawn(*(Bucket("", "", "", usage, 0, str(n)) for n, usage in enumerate(counts)))

    assert [link.attrib["href"] for link in svg.iter("a") if "data-latest" in link.attrib] == latest


def test_tips_lie_above_every_bar() -> None:
    """What comes later is drawn above: bars and labels first, then the links with their tips."""
    children = list(drawn(*(bucket(n) for n in range(10))))

    assert [child.tag for child in children[-10:]] == ["a"] * 10
    assert "a" not in {child.tag for child in children[:-10]}
    assert all([part.attrib["class"] for part in link] == ["slot", "tip"] for link in children[-10:])


@pytest.mark.parametrize("buckets", [1, 2, 7, 24, 90])
@pytest.mark.parametrize("size", [12, 17])
@pytest.mark.parametrize("name", ["Wednesday, 30 September 2026", "2026年9月30日星期三"])
def test_tips_are_inside_of_the_drawing(buckets: int, size: int, name: str) -> None:
    """At both sizes of letters that the style sheet has, beside the first bar and the last, high or low."""
    counts = "12,345 usage, 1,234 alert sessions"
    all_of_it = [Bucket("30 Sep", name, counts, n % 3, n % 2, "#") for n in range(buckets)]
    for tip in tips(drawn(*all_of_it)):
        x, y = map(int, tip.attrib["transform"].removeprefix("translate(").removesuffix(")").split())
        box = tip.find("rect")
        assert box is not None
        left, width, height = (ems(box.attrib[side]) * size for side in ("x", "width", "height"))
        assert x + left >= 0
        assert x + left + width <= 960
        assert y >= 0
        assert y + height <= 260
        lines = [ems(text.attrib["x"]) * size for text in tip.iter("text")]
        assert all(left < line < left + width for line in lines)


def test_the_chart_passes_the_strictest_policy() -> None:
    """It has no styles and no scripts, neither as elements nor as attributes."""
    svg = drawn(bucket(1))

    assert {element.tag for element in svg.iter()} == {"svg", "path", "text", "a", "g", "rect"}
    names = {name for element in svg.iter() for name in element.attrib}
    assert not {name for name in names if name == "style" or name.startswith("on")}


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><b onclick="x">', "a & b", "</svg>"])
def test_words_stay_words(hostile: str) -> None:
    """Whatever a label, a tooltip, a title or a number says, it is no markup."""
    chart = sessions_chart(
        [Bucket(hostile, hostile, hostile, 1, 0, hostile)],
        title=hostile,
        number=lambda count: f"{count}{hostile}",
    )
    svg = parsed(chart)

    assert {element.tag for element in svg.iter()} == {"svg", "path", "text", "a", "g", "rect"}
    assert svg.attrib["aria-label"] == hostile
    assert [text.text for text in tips(svg)[0].iter("text")] == [hostile, hostile]


def test_bars_stand_on_the_axis_and_alerts_on_usage() -> None:
    """Heights are in proportion, and an empty bucket takes the mouse like any other."""
    svg = drawn(bucket(1, 20, 20), bucket(2, 0, 0))
    usage, alerts, slots = (rectangles(svg, kind) for kind in ("usage", "alerts", "slot"))
    top, base = slots[0]
    middle = (top + base) // 2

    assert usage == [(middle, base), (base, base)]
    assert alerts == [(top, middle), (base, base)]
    assert slots == [(top, base)] * 2


@pytest.mark.parametrize("buckets", [1, 7, 24, 31, 90])
def test_slots_share_the_width(buckets: int) -> None:
    """Slots touch each other from the axis to the right border, however many there are."""
    svg = drawn(*(bucket(n) for n in range(buckets)))
    slots = [link.find("rect") for link in svg.iter("a")]
    edges = [(int(slot.attrib["x"]), int(slot.attrib["width"])) for slot in slots if slot is not None]

    assert edges[0][0] == 64
    assert all(x + width == after for (x, width), (after, _) in pairwise(edges))
    assert sum(edges[-1]) == 900


@pytest.mark.parametrize(("buckets", "labels"), [(1, 1), (7, 7), (24, 12), (31, 11), (90, 12)])
def test_there_are_as_many_labels_as_there_is_room_for(buckets: int, labels: int) -> None:
    """Labels below the axis never run into each other."""
    svg = drawn(*(bucket(n) for n in range(buckets)))

    assert len([text for text in svg.iter("text") if (text.text or "").endswith("Oct")]) == labels


def test_counts_beside_the_axis_are_written_for_the_reader() -> None:
    """The axis has the reader's numbers at both ends; days without sessions have one as well."""
    chart = sessions_chart([bucket(1, 0, 0)], title="Sessions", number=lambda count: f"№{count}")

    assert [text.text for text in parsed(chart).iter("text") if "№" in (text.text or "")] == [
        *("№0", "№0"),
        *("№1", "№1"),
    ]
