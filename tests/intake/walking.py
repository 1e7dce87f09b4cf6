"""Going through the public form in a browser."""

import re
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


async def quickly(somebody: Visitor, way: Sequence[Stop]) -> None:
    """Gets through what is no concern of a test: the same browser sends the same forms, and draws the last page only."""
    ask = somebody.page.context.request
    page = await ask.get(somebody.page.url)
    for stop in way:
        assert page.url.partition("?")[0].endswith(f"/{stop.path}"), (page.url, stop.path)
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', await page.text())
        page = await ask.post(page.url, form={**dict(hidden), **stop.answer})
    await somebody.page.goto(page.url)


async def reference_on(somebody: Visitor) -> str:
    return await somebody.page.inner_text(".govuk-panel strong")
