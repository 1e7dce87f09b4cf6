"""The table at the end of the day."""

from collections.abc import Sequence

from rich.table import Table

from demo.reconcile import Facts, Line
from demo.reconcile.times import decision_to_list, percentile, request_to_prison


def table(lines: Sequence[Line]) -> Table:
    """Every count, what the clients' ledgers say it should be, and whether the two agree."""
    shown = Table(title="The day in figures: what was seen, and what the clients' ledgers say", title_justify="left")
    shown.add_column("what")
    shown.add_column("seen", justify="right")
    shown.add_column("by the ledgers", justify="right")
    shown.add_column("")
    for line in lines:
        shown.add_row(line.what, str(line.seen), str(line.expected), "differs" if line.wrong else "agrees")
    return shown


def speeds(facts: Facts) -> Table:
    """How long it really took, in milliseconds."""
    shown = Table(title="End to end, in real milliseconds", title_justify="left")
    for column in ("from, to", "how many", "p50", "p99"):
        shown.add_column(column, justify="left" if column == "from, to" else "right")
    for what, values in (
        ("request sent → routed to the prison", request_to_prison(facts)),
        ("decision sent → block list published", decision_to_list(facts)),
    ):
        shown.add_row(what, str(len(values)), *(str(percentile(values, share)) for share in (0.5, 0.99)))
    return shown


def differences(lines: Sequence[Line], most: int = 8) -> list[str]:
    """What is wrong, a line each, at most so many for each count."""
    said = []
    for line in lines:
        said += [f"{line.what}: {wrong}" for wrong in line.wrong[:most]]
        said += [f"{line.what}: and {len(line.wrong) - most} more"] if len(line.wrong) > most else []
    return said
