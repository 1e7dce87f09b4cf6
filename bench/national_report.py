"""What a country costs, as tables for people and as JSON for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.stages import TENTHS, Stage

if TYPE_CHECKING:
    from bench.national import Run


def show(runs: "Sequence[Run]", console: Console) -> None:
    """Prints what happened at each size, and how the cost of one thing grows from the first to the last."""
    for found in runs:
        console.print(_stages(found))
        console.print(_spent(found))
        console.print(_memory(found))
    console.print(_growth(runs))


def as_json(found: "Run") -> dict[str, Any]:
    stages = {stage.name: stage.as_json() for stage in found.stages}
    return {"nation": vars(found.nation), "stages": stages, "ready_s": found.ready, "check": found.check}


def _stages(found: "Run") -> Table:
    table = _table(
        f"{found.nation.prisoners:,} prisoners: how fast", "stage", "events", "s", "a second", "first tenth", "last"
    )
    for stage in found.stages:
        rates = (stage.per_second(), stage.per_second(0), stage.per_second(TENTHS - 1))
        table.add_row(stage.name, f"{stage.events:,}", f"{stage.seconds:,.0f}", *(f"{rate:,.0f}" for rate in rates))
    return table


def _spent(found: "Run") -> Table:
    names = list(found.stages[0].cpu)
    table = _table("Where the time goes: seconds of processor", "stage", *names, "µs an event")
    for stage in found.stages:
        spent = [f"{stage.cpu[name]:,.1f}" for name in names]
        table.add_row(stage.name, *spent, f"{stage.microseconds():,.0f}")
    return table


def _memory(found: "Run") -> Table:
    names = list(found.stages[0].memory[0])
    table = _table("Memory held, MB", "after", *names)
    for stage in found.stages:
        for tenth in (1, TENTHS // 2, TENTHS):
            held = stage.memory[min(tenth, len(stage.memory)) - 1]
            table.add_row(f"{stage.name}, {tenth * 10}%", *(f"{held.get(name, 0):,.0f}" for name in names))
    return table


def _growth(runs: "Sequence[Run]") -> Table:
    table = _table(
        "How the cost grows: processor of services and mongod for one event, answers, starts",
        "",
        *(f"{found.nation.prisoners:,} prisoners" for found in runs),
    )
    for place, stage in enumerate(runs[0].stages):
        costs = [_cost(found.stages[place]) for found in runs]
        table.add_row(f"{stage.name}, µs", *costs)
    for rank in ("p50", "p99"):
        asked = [f"{found.check[f'contact_check_http_{rank}_ms']:.2f}" for found in runs]
        table.add_row(f"contact check over HTTP, {rank}, ms", *asked)
    for name in runs[0].ready:
        table.add_row(f"{name} starts until ready, s", *(f"{found.ready[name]:.1f}" for found in runs))
    return table


def _cost(stage: Stage) -> str:
    return f"{stage.microseconds(*(name for name in stage.cpu if name != 'kafka')):,.0f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table
