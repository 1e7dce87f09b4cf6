"""Does everything that was seen agree with what the clients' ledgers say they sent and expect?"""

from demo.reconcile import asking, contacts, deciding, letters, lists, moving, telling, times
from demo.reconcile.line import Facts, Line

__all__ = ["Facts", "Line", "lines"]

CHECKS = (
    *asking.CHECKS,
    *deciding.CHECKS,
    *lists.CHECKS,
    *contacts.CHECKS,
    *moving.CHECKS,
    *telling.CHECKS,
    *letters.CHECKS,
    *times.CHECKS,
)


def lines(facts: Facts) -> list[Line]:
    """One line for each count, in the order of the summary."""
    return [check(facts) for check in CHECKS]
