"""Pictures of what `make demo` prints at its end, with nothing in them from elsewhere, fonts neither."""

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rich.console import Console, RenderableType

from botmeter_cli.report import DemoReport

WIDTH = 122
_FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
_SVG = """\
<svg role="img" aria-label="{label}" viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{{unique_id}}-matrix {{{{
      font-family: {font};
      font-size: {{char_height}}px; line-height: {{line_height}}px;
    }}}}
    .{{unique_id}}-title {{{{ font: bold 18px sans-serif; }}}}
    {{styles}}
    </style>
    <defs>
    <clipPath id="{{unique_id}}-clip-terminal">
      <rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}" />
    </clipPath>
    {{lines}}
    </defs>
    {{chrome}}
    <g transform="translate({{terminal_x}}, {{terminal_y}})" clip-path="url(#{{unique_id}}-clip-terminal)">
    {{backgrounds}}
    <g class="{{unique_id}}-matrix">
    {{matrix}}
    </g>
    </g>
</svg>
"""


def draw_report(report: DemoReport, place: Path) -> None:
    """Draw the report in two pictures: what was metered and billed, and what was done through the API."""
    shown = replace(report, password="(another one each time)").shown()  # noqa: S106 (it opens nothing)
    metered = "What make demo prints at its end: events, sessions by bot, balances, the invoice"
    done = "What make demo prints after that: what was done through the API, and who can sign in"
    _draw(place / "demo.svg", metered, shown[:_SUMMARY])
    _draw(place / "tour.svg", done, shown[_SUMMARY:])


# A blank line, the table of bots, a blank line, and the summary.
_SUMMARY = 4


def _draw(path: Path, label: str, shown: Iterable[RenderableType]) -> None:
    """One picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    for renderable in shown:
        console.print(renderable)
    form = _SVG.format(label=label, font=_FONT)
    path.write_text(console.export_svg(title="make demo", unique_id=path.stem, code_format=form))
