"""A bar chart of answers a second, as an SVG that suits light and dark pages."""

from html import escape
from typing import TYPE_CHECKING

from load import SCENARIOS

if TYPE_CHECKING:
    from report import Report, Row

WIDTH = 860
LABELS = 305  # where the bars begin
BARS = 360  # the length of the longest
LINE = 30  # from bar to bar
BAR = 18

STYLE = """
    text { font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1c2430 }
    .card { fill: #ffffff }
    .title { font-size: 18px; font-weight: 600 }
    .scenario { font-weight: 600 }
    .label { text-anchor: end }
    .quiet { fill: #566070; font-size: 13px }
    .headcount { fill: #0b62c4 }
    .limit { fill: #b3bcc9 }
    .peer { fill: #8792a2 }
    .axis { stroke: #d3d9e1 }
    .spread { stroke: #1c2430; stroke-opacity: .55; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8ecf2 }
      .card { fill: #12161c }
      .quiet { fill: #a5b0bf }
      .headcount { fill: #4f9bf0 }
      .limit { fill: #465264 }
      .peer { fill: #6b788a }
      .axis { stroke: #343d4a }
      .spread { stroke: #e8ecf2 }
    }"""


def draw(report: "Report") -> str:
    parts = ['<text class="title" x="20" y="34">Visits answered a second</text>']
    parts.append(
        f'<text class="quiet" x="20" y="56">Median of {report.rounds} rounds; the thin line goes from the slowest to '
        "the fastest. All on one machine, behind the same nginx.</text>"
    )
    y = 92
    fastest = max((row.answers_a_second.highest for row in report.rows if row.scenario != "cgi"), default=0)
    for scenario in dict.fromkeys(row.scenario for row in report.rows):
        rows = [row for row in report.rows if row.scenario == scenario]
        title, scale = SCENARIOS[scenario].title, fastest
        if scenario == "cgi":
            scale = max(row.answers_a_second.highest for row in rows)
            title += " (another scale)" if fastest else ""
        parts.append(f'<text class="scenario" x="20" y="{y}">{escape(title)}</text>')
        top = y + 12
        for row in rows:
            parts += bar(report, row, y + 16, BARS / scale)
            y += LINE
        parts.append(f'<path class="axis" d="M{LABELS} {top}V{y + 12}"/>')
        y += 50
    height = y - 26
    summary = escape("; ".join(f"{row.title}: {row.answers_a_second.median:,.0f}" for row in report.rows))
    body = "\n  ".join(parts)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">
  <title id="title">Visits answered a second</title>
  <desc id="desc">{summary}</desc>
  <style>{STYLE}
  </style>
  <rect class="card" width="{WIDTH}" height="{height}" rx="10"/>
  {body}
</svg>
"""


def bar(report: "Report", row: "Row", y: float, scale: float) -> list[str]:
    kind = "headcount" if row.is_headcount else "limit" if row.responder in ("null", "durable") else "peer"
    rate, middle = row.answers_a_second, y + BAR / 2
    lowest, length, highest = (LABELS + value * scale for value in (rate.lowest, rate.median, rate.highest))
    note = ""
    times = report.times(row)
    if times and kind == "peer":
        note = f' <tspan class="quiet">Headcount: {times:.1f} times as many</tspan>'
    elif kind == "headcount" and "durable" in row.ratios:
        note = f' <tspan class="quiet">{row.ratios["durable"].median:.2f} of durable C</tspan>'
    return [
        f'<text class="label" x="{LABELS - 12}" y="{middle + 5:g}">{escape(row.title)}</text>',
        f'<rect class="{kind}" x="{LABELS}" y="{y:g}" width="{max(length - LABELS, 1):.1f}" height="{BAR}" rx="2"/>',
        f'<path class="spread" d="M{lowest:.1f} {middle:g}H{highest:.1f}"/>',
        f'<text x="{max(length, highest) + 10:.1f}" y="{middle + 5:g}">{rate.median:,.0f}{note}</text>',
    ]
