"""Charts as the places of their figures: a page draws them as SVG with attributes alone.

Lengths across are shares of the width, those down are multiples of the text's size, and words stand
above their bars. So a chart fits a phone, and grows with the reader's text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_ROW_EM = 2.75
_BASELINE_EM = 1.1
_BAR_TOP_EM = 1.4
_BAR_EM = 0.8


@dataclass(frozen=True, slots=True)
class ChartValue:
    """A count, what it counts, and the page that lists it; without one it leads nowhere."""

    label: str
    value: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A value, and where its bar and its words stand."""

    label: str
    value: int
    href: str
    width: str
    bar_y: str
    text_y: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """Lying bars, one below another; `label_head` and `value_head` are the heads of its table."""

    title: str
    label_head: str
    value_head: str
    bars: Sequence[ChartBar]
    height: str
    bar_height: str = f"{_BAR_EM}em"


def build_bar_chart(
    title: str, label_head: str, value_head: str, values: Sequence[ChartValue]
) -> BarChart:
    """A chart whose longest bar is the greatest value. Raises `ValueError` for a negative one."""
    if any(value.value < 0 for value in values):
        raise ValueError("a bar has no negative length")
    greatest = max((value.value for value in values), default=0) or 1
    bars = [
        ChartBar(
            label=value.label,
            value=value.value,
            href=value.href,
            width=f"{round(100 * value.value / greatest, 2)}%",
            bar_y=f"{index * _ROW_EM + _BAR_TOP_EM:g}em",
            text_y=f"{index * _ROW_EM + _BASELINE_EM:g}em",
        )
        for index, value in enumerate(values)
    ]
    return BarChart(title, label_head, value_head, bars, f"{len(values) * _ROW_EM:g}em")
