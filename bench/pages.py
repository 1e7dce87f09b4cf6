"""How fast every page is answered with a country's cases there: `python -m bench.pages`, which is `make bench-pages`.

The desk and intake run as processes and are filled through their topics; then people ask for one page after the other, over and
over. Done at a tenth of the size first, so that it can be seen which page is slower where there is more.
"""

import asyncio
import json
import logging
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import mean
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.caseload import COMMON, SOURCE, Caseload, Said, block_of, person, prisoner, reference, request_id
from bench.fleet import Fleet
from bench.report import percentile
from bench.turns import Place, sender
from bench.work import prisoner_number
from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import HTML, Identity, provided, sign_in
from shared.events.envelope import Record, to_record
from shared.runtime import topics
from shared.runtime.clock import WallClock

GOAL, ROUNDS = 100, 50
"""Milliseconds; how often each page is asked for."""
WRITTEN = Path("build/bench-pages.json")
FORM = {
    "who": {"consent": "self"},
    "you": {"role": "victim"},
    "my-name": {"name": "Jane Example"},
    "people/me/phones": {"phones-0": "07700 900 123"},
    "people": {"more": "no"},
    "prisoner-name": {"name": "John Example"},
    "contact": {"contact": "email"},
    "email": {"email": "jane@example.org"},
    "voicemail": {"no_voicemail": "true"},
}
"""What somebody answers on the public form; the other pages are left empty."""


@dataclass
class Seen:
    """What came of one size: by page, how many seconds each answer took, and how much processor time of services and MongoDB.

    The latter says what a page costs also where other programs are in the way.
    """

    caseload: Caseload
    spent: Callable[[], float]
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ms(self, page: str, rank: int) -> float:
        return percentile(self.seconds[page], rank) * 1000

    def figures(self, page: str) -> Sequence[float]:
        """Median, 99th percentile, processor time on average; milliseconds."""
        return self.ms(page, 50), self.ms(page, 99), mean(self.cpu[page]) * 1000

    def as_json(self) -> dict[str, Any]:
        names = ("times", "p50", "p99", "cpu")
        figures = {
            page: dict(zip(names, (len(took), *self.figures(page)), strict=True)) for page, took in self.seconds.items()
        }
        return {"caseload": vars(self.caseload), "ms": figures}


class Visitor:
    """Somebody in a browser without a screen, who looks whether a page says what it should: an error is no fast page."""

    def __init__(self, http: httpx.AsyncClient, seen: Seen) -> None:
        self._http, self._seen = http, seen
        self._hidden: dict[str, str] = {}

    async def see(self, page: str, path: str, says: str) -> None:
        """Reads a page."""
        answer = await self._timed(page, "GET", path)
        assert answer.status_code == 200, f"{page} at {path}: {answer.status_code}"
        assert says.encode() in answer.content, f"{page} at {path} does not say {says}"
        if "html" in answer.headers["content-type"]:
            self._hidden |= dict(re.findall(r'name="(csrf|token)" value="([^"]+)"', answer.text))

    async def send(self, page: str, path: str, form: Mapping[str, str], says: str = "") -> str:
        """Sends a form of the page before: where it leads to, or nothing where it is answered with a page."""
        answer = await self._timed(page, "POST", path, {**self._hidden, **form})
        assert answer.status_code == (200 if says else 303), f"{page} at {path}: {answer.status_code}"
        assert says in answer.text, f"{page} at {path} does not say {says}"
        return str(answer.headers.get("location", ""))

    async def _timed(self, page: str, method: str, path: str, form: Mapping[str, str] | None = None) -> httpx.Response:
        spent, start = self._seen.spent(), time.perf_counter()
        answer = await self._http.request(method, path, data=form)
        self._seen.seconds[page].append(time.perf_counter() - start)
        self._seen.cpu[page].append(self._seen.spent() - spent)
        return answer


async def officer(sam: Visitor, load: Caseload, turn: int) -> None:
    """Of one prison."""
    n, k = load.here(turn), turn * 5 % load.waiting
    case, number = f"/cases/{reference(n)}", prisoner_number(n)
    await sam.see("queue of a prison", "/queue", "to do in all")
    await sam.see("queue of a prison, its reviews", "/queue?kind=review", "to do in all")
    await sam.see("cases of a prison", "/cases", "Cases, the newest first")
    for what, word in (("name", person(n)["name"]), ("number", number), ("reference", reference(n))):
        found = await sam.send("search, sent", "/cases", {"search": word})
        await sam.see(f"cases found by {what}", found, reference(n))
    await sam.see("case in force", case, person(n)["name"])
    to_decide = block_of(load.undecided(k))
    await sam.see("case to decide", f"/cases/{to_decide['reference']}", f"outcome-{to_decide['block_id']}")
    await sam.see("story of a case", f"{case}/story", f"Story of {reference(n)}")
    await sam.see("list", f"/lists/{number}", number)
    await sam.see("breach", f"/breaches/breach-{k}", "He rang me")
    await sam.see("review", f"/reviews/review-{k}", reference(load.waits(k)))
    await sam.see("notice (PDF)", f"{case}/notice/{block_of(n)['block_id']}", "%PDF")
    await sam.see("case pack (PDF)", f"{case}/pack", "%PDF")
    await sam.see("figures of a prison", "/figures", "Figures of HMP Leeds")


async def central(chris: Visitor, load: Caseload, turn: int) -> None:
    """Central staff."""
    await chris.see("queue of all prisons", "/queue?prison=all", "to do in all")
    await chris.see("cases of all prisons", "/cases?prison=all", "Cases, the newest first")
    far = min(load.requests // 25, 200)
    await chris.see("cases of all prisons, far back", f"/cases?prison=all&page={far}", "Cases, the newest first")
    found = await chris.send("search, sent", "/cases", {"search": COMMON, "prison": "all"})
    await chris.see("cases found by a common name", found, COMMON)
    await chris.see("figures of all prisons", "/figures?prison=all", "Figures of all prisons")


async def operator(olu: Visitor, load: Caseload, turn: int) -> None:
    """Who takes calls, reads mails, and finds prisoners."""
    n, k = load.here(turn), turn % load.waiting
    await olu.see("to do", "/to-do", "to do in all")
    await olu.see("find a prisoner", f"/find/{request_id(load.unclear(k))}", prisoner_number(load.waits(k)))
    await olu.see("task", f"/tasks/task-{k}", "Ring them.")
    await olu.see("operator’s form", "/calls/request", "prisoner-name")
    typed = {"prisoner-name": COMMON, "person-0-name": person(n)["name"], "caller-name": person(n)["name"]}
    await olu.send("look-up, common names", "/calls/request/look-up", typed, COMMON)
    typed |= {"prisoner-name": prisoner(n), "prisoner-number": prisoner_number(n)}
    await olu.send("look-up, number and names", "/calls/request/look-up", typed, reference(n))
    await olu.see("mails", "/mails", "Please stop him")
    await olu.see("mail", f"/mails/mail-{k}", "He rings me every night")
    await olu.see("operator’s form for a mail", f"/mails/mail-{k}/request", "He rings me every night")


async def walked(nobody: Visitor) -> str:
    """Where somebody checks their answers who went through the public form."""
    here = await nobody.send("form, begun", "/request/begin", {})
    while not here.endswith("/check"):
        await nobody.see("question", here, "token")
        here = await nobody.send("question, answered", here, FORM.get("/".join(here.split("/")[3:]), {}))
    return here


async def anybody(nobody: Visitor, check: str, load: Caseload, turn: int) -> None:
    """On the public form, and looking how their request stands."""
    n, question = turn * 7919 % load.requests, check.replace("/check", "/prisoner-name")
    await nobody.see("public start page", "/", "999")
    await nobody.see("question", question, "token")
    await nobody.send("question, answered", question, FORM["prisoner-name"])
    await nobody.see("check your answers", check, "Jane Example")
    asked = await nobody.send("form, begun", "/status/begin", {})
    known = {"reference": reference(n), "detail": person(n)["emails"][0]}
    stands = await nobody.send("status, asked for", asked, known)
    await nobody.see("status", stands, reference(n))


async def fill(place: Place, load: Caseload, fleet: Fleet) -> None:
    """Through the topics, as much at once as the services take."""
    now, place_of = WallClock().now(), count()

    def records(said: Iterable[Said]) -> Iterator[Record]:
        for model, data in said:
            yield to_record(model.model_validate(data), SOURCE, f"{next(place_of)}", now, "")

    async with sender(place, linger_ms=5) as producer:
        for part in (load.asked(), records(load.register(now)), records(load.settled(now)), records(load.to_do(now))):
            for record in part:
                await producer.send(record.topic, record.value, record.key, headers=[*record.headers])
            await producer.flush()
            await fleet.quiet()


async def measure(load: Caseload, folder: Path, rounds: int, identity: Identity) -> Seen:
    """One size, on a Kafka and a MongoDB of its own. The first round of all is for warming up, and does not count."""
    with KafkaServer(folder / "kafka", free_port()) as kafka, MongoServer(folder / "mongo", free_port()) as mongo:
        await topics.apply(kafka.bootstrap)
        place = Place(kafka.bootstrap, mongo.uri)
        assert mongo.pid
        fleet = Fleet(place, ("intake", "desk"), {"mongod": mongo.pid}, identity)
        seen = Seen(load, lambda: sum(fleet.cpu().values()))
        async with fleet.running(), AsyncExitStack() as there:

            async def visitor(service: str, who: str = "") -> Visitor:
                cookies = await sign_in(fleet.url(service), identity.people[who]) if who else None
                kept = httpx.Limits(keepalive_expiry=1)  # a connection goes before the service closes it
                http = httpx.AsyncClient(
                    base_url=fleet.url(service), cookies=cookies, headers=HTML, timeout=60, limits=kept
                )
                return Visitor(await there.enter_async_context(http), seen)

            await fill(place, load, fleet)
            sam, chris, olu = [await visitor("desk", who) for who in ("sam", "chris", "olu")]
            nobody = await visitor("intake")
            check = await walked(nobody)
            for turn in range(rounds + 1):
                await officer(sam, load, turn)
                await central(chris, load, turn)
                await operator(olu, load, turn)
                await anybody(nobody, check, load, turn)
                if turn == 0:
                    seen.seconds.clear()
                    seen.cpu.clear()
    return seen


def show(sizes: Sequence[Seen], console: Console) -> None:
    """The table: each page, at each size, and what is missed."""
    title = " and ".join(f"{seen.caseload.requests:,}" for seen in sizes)
    table = Table(title=f"Milliseconds to answer, with {title} requests there", title_justify="left")
    for column in ("page", "times", *("median", "99th %", "processor") * len(sizes), f"goal {GOAL} ms"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for page, seconds in sizes[-1].seconds.items():
        figures = [f"{figure:,.0f}" for seen in sizes for figure in seen.figures(page)]
        slow = sum(sizes[-1].ms(page, rank) > GOAL for rank in (50, 99))
        table.add_row(page, str(len(seconds)), *figures, ("kept", "missed at times", "MISSED")[slow])
    console.print(table)


def main(loads: Sequence[Caseload], written: Path, rounds: int = ROUNDS, identity: Identity | None = None) -> None:
    """Measures each size, prints and writes; with a Keycloak of its own, or that of `identity`."""
    console, sizes = Console(width=140), []
    for load in loads:
        console.print(f"{load.prisoners:,} prisoners, {load.requests:,} requests ...")
        with tempfile.TemporaryDirectory() as temporary, provided(identity, Path(temporary)) as known:
            sizes.append(asyncio.run(measure(load, Path(temporary), rounds, known)))
    show(sizes, console)
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps([seen.as_json() for seen in sizes], indent=2) + "\n")
    console.print(f"Written to {written}")


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says each time how new topics find their leaders
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    main([Caseload().times(size / 10), Caseload().times(size)], WRITTEN)
