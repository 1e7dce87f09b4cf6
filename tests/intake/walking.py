"""Going through the public form in a browser."""

from collections.abc import Sequence

from tests.intake.ways import Stop
from tests.support.browser import Visitor


async def begin(somebody: Visitor, start: str = "/") -> None:
    await somebody.go(start)
    await somebody.send()


async def through(somebody: Visitor, way: Sequence[Stop], check: bool = False) -> None:
    """Answers page by page, each first as wrongly as `way` says."""
    for stop in way:
        assert somebody.path.endswith(f"/{stop.path}"), (somebody.path, stop.path)
        if check:
            await somebody.is_fine()
        for wrong, told in stop.wrong if check else ():
            await somebody.send(wrong)
            assert await somebody.faults() == told
            await somebody.is_fine()
        await somebody.send(stop.answer)


async def reference_on(somebody: Visitor) -> str:
    return await somebody.page.inner_text(".govuk-panel strong")
