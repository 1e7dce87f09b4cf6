"""Where a fault of a body is told: in which field, at which of its inputs, in which words (R3)."""

from collections.abc import Iterator

from shared.events.requests import Fault
from shared.pages.body import Place, pointer
from shared.pages.fields import Field, Spot, said


def spot_of(one: Field, inside: Place, fault: Fault) -> Spot | None:
    """Where a fault is shown in a field whose part of the body stands at `inside`, and as what; None where it is another's."""
    return next(filter(None, _spots(one, inside, fault)), None)


def _spots(one: Field, inside: Place, fault: Fault) -> Iterator[Spot | None]:
    at = pointer((*inside, *one.place))
    if fault.pointer == at or fault.pointer.startswith(f"{at}/"):
        yield one.spot(fault.pointer.removeprefix(at), fault.fault)
    for elsewhere, says in one.also.items():
        words = said(says, fault.fault)
        if words and fault.pointer in (elsewhere, pointer(inside) + elsewhere):
            yield next(iter(one.show(None))), words
