"""Charts as geometry: what a template draws as SVG. The table beside a chart says the same in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 280, 44, 16, 40
ROW, NAME = 30, 250


@dataclass(frozen=True)
class Bar:
    """A rectangle, in the colour of its series."""

    x: float
    y: float
    width: float
    height: float
    series: str


@dataclass(frozen=True)
class Label:
    """A word or a number; `anchor` is the side at which `x` is."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """Everything to draw. `lines` are horizontal, by their y, with their numbers among the labels."""

    width: int
    height: int
    bars: Sequence[Bar]
    labels: Sequence[Label]
    lines: Sequence[float] = ()


def columns(names: Sequence[str], series: Mapping[str, Sequence[int]]) -> Chart:
    """Upright bars, a group for each name; `series` by the class that colours it."""
    top = _round_top(max((value for values in series.values() for value in values), default=0))
    inner, group = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT) / max(len(names), 1)
    thick = group * 0.7 / max(len(series), 1)

    def bar(place: int, number: int, value: int, css: str) -> Bar:
        tall = inner * value / top
        return Bar(LEFT + group * (place + 0.15) + thick * number, TOP + inner - tall, thick, tall, css)

    bars = [
        bar(place, number, value, css)
        for number, (css, values) in enumerate(series.items())
        for place, value in enumerate(values)
    ]
    steps = [(TOP + inner * (1 - share), round(top * share)) for share in (0, 0.5, 1)]
    below = [Label(LEFT + group * (place + 0.5), HEIGHT - 14, name) for place, name in enumerate(names)]
    left = [Label(LEFT - 8, y + 5, str(value), "end") for y, value in steps]
    return Chart(WIDTH, HEIGHT, bars, [*below, *left], [y for y, _ in steps])


def rows(shares: Mapping[str, tuple[int, int]]) -> Chart:
    """Lying bars, one for each name: how many of how many, as a share."""
    inner = WIDTH - NAME - 120
    bars, labels = list[Bar](), list[Label]()
    for place, (name, (part, whole)) in enumerate(shares.items()):
        y = TOP + ROW * place
        kept = inner * part / whole if whole else 0.0
        missed = inner - kept if whole else 0.0
        bars += [Bar(NAME, y, kept, ROW * 0.6, "one"), Bar(NAME + kept, y, missed, ROW * 0.6, "late")]
        said = f"{part} of {whole}" if whole else "none yet"
        labels += [Label(NAME - 8, y + 14, name, "end"), Label(NAME + inner + 8, y + 14, said, "start")]
    return Chart(WIDTH, TOP + ROW * len(shares) + 8, bars, labels)


def _round_top(most: int) -> int:
    """An even number at or above `most`, so that the middle line has a whole one."""
    return max(2, most + most % 2)
