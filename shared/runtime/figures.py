"""What decisions say to the metrics: pure, as they are. `shared.runtime.metrics` has the metric of each."""

from enum import StrEnum
from typing import NamedTuple


class Figure(StrEnum):
    """What a decision can add to."""

    REQUESTS = "requests"
    STAGE_SECONDS = "stage_seconds"
    MARGIN_SECONDS = "margin_seconds"
    ALERT_SECONDS = "alert_seconds"


class Measured(NamedTuple):
    """One more of it, or a value of it. Labels are in the metric's order, and say nothing of a person."""

    figure: Figure
    labels: tuple[str, ...]
    value: float
