"""A service: its handlers on Kafka, its HTTP application, its timers, its health. Each `services/*/app.py` makes one."""

import asyncio
import gc
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from shared.events.envelope import Cause, Event, inbox_key
from shared.events.topics import met_by, with_lanes
from shared.runtime import asyncapi, described, guard, metrics, problems, server, telemetry, vitals
from shared.runtime.audit.anchoring import Anchoring
from shared.runtime.audit.deeds import Deed
from shared.runtime.audit.looking import Look, looked_at, looking, trace_of_request
from shared.runtime.callers import Callers, undeclared
from shared.runtime.calls import LONGEST_CALL
from shared.runtime.clock import Clock
from shared.runtime.core import Core
from shared.runtime.erasure import Erased
from shared.runtime.follower import Follower
from shared.runtime.ids import new_id
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.kms import KeyRefused
from shared.runtime.mongo import Conflict, Unavailable
from shared.runtime.platform import KafkaAndMongo, Platform
from shared.runtime.ranked import Ranked, Wanted
from shared.runtime.settings import Misconfigured, Settings
from shared.runtime.store import Store
from shared.runtime.work import Loaded, NotLoaded, State, Work

log = structlog.get_logger()
T = TypeVar("T")

SINCE_BACKUP = "what came since the backup"
MOST_QUERIES = 64
"""Queries at once; more are refused, so that they never take the threads that saving needs."""


class Service:
    """Wires one service together. `app` is its ASGI application; starting that starts everything."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        kinds: Sequence[type[State]],
        handlers: Handlers,
        due: DueHandlers | None = None,
        clock: Clock | None = None,
        platform: Platform | None = None,
        forms: asyncapi.Forms | None = None,
    ) -> None:
        self.name, self.settings, self.clock = name, settings, clock or settings.clock()
        self.platform = platform or KafkaAndMongo(name, settings)
        machine_clock, rules = self.platform.machine_clock, settings.rules()
        kinds = [*kinds, Erased]
        self.store = Store(self.platform.database, kinds, self.platform.instance, machine_clock, self.platform.unlock)
        self.core = Core(name, self.store, self.platform, handlers, due or {}, self.clock, rules, machine_clock)
        receives = [model for model in handlers if hasattr(model, "TOPIC")]
        topics = with_lanes(dict.fromkeys(met_by(model.TOPIC, name) for model in receives), settings.agencies)
        self._reading = self.platform.subscribe(f"upc-{name}", topics, self.core, settings.batch_records)
        self._followers: list[Follower] = []
        self._needed: dict[str, Callable[[], bool]] = {}
        publish, database = self.platform.publish, self.platform.database
        self._anchoring = Anchoring(name, self.store.trail, database, publish, self.clock, rules)
        self._background: list[Callable[[], Awaitable[None]]] = [self._tick, self._anchoring.step]
        self._started = self._was_ready = False
        self._running: asyncio.Task[None] | None = None
        self._queries: set[asyncio.Task[Any]] = set()
        self.callers = Callers(settings, self.platform.signing_keys)
        self.app = _application(name, self._lifespan)
        problems.install(self.app)
        self.callers.install(self.app)
        self.app.include_router(described.router(self.app, name, receives, forms or {}))
        self._observe()
        seen = vitals.Vitals(name, self.platform.database, kinds, self.clock, machine_clock)
        self._looks = vitals.Looks(self.missing, seen.backlog, partial(seen.lag, self._reading))
        self._forms: set[str] = set()
        guard.install(self.app, self._forms)

    def follow(self, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]) -> Follower:
        """Hands every event of `model`'s topic, from its beginning, to `read`: a picture in memory, one for each instance.

        `shown` gets what this instance is about to publish, so that the picture is never behind what others see. It is
        not to be answered from before the follower has `caught_up`.
        """
        follower = self.platform.follow(model, read, shown)
        self._followers.append(follower)
        self.core.show(follower.show)
        return follower

    def takes_forms(self, *paths: str) -> None:
        """HTML forms are sent to `paths` and what is below them; everywhere else a body is JSON."""
        self._forms.update(paths)

    def run_beside(self, step: Callable[[], Awaitable[None]]) -> None:
        """Runs `step` over and over, a tick apart, once everything has started."""
        self._background.append(step)

    def look_before_telling(self, look: vitals.Look) -> None:
        """Has `look` bring gauges up to date whenever somebody asks for the metrics."""
        self._looks.add(look)

    def depends_on(self, what: str, is_there: Callable[[], bool]) -> None:
        """It is ready only while `what` is there, too."""
        self._needed[what] = is_there

    async def call(self, event: Event, key: str, traceparent: str = "") -> Any:
        """What the handler of `event` answers once it is saved; `key` names the call, `traceparent` (W3C) is the caller's.

        Raises Unavailable where nobody can say soon enough that it is saved: it may be, or may never be. And while this
        service reads again what came since a backup: what is asked may follow from that.
        """
        if self.platform.reading_again:
            raise Unavailable
        async with _soon():
            return await self.call_patiently(event, key, traceparent)

    async def call_patiently(self, event: Event, key: str, traceparent: str = "") -> Any:
        """The same however long it takes, for a service's own work: nobody waits for its answer."""
        trace = traceparent or trace_of_request()
        return await self.core.call(event, Cause(f"urn:upc:{self.name}:http", key, self.clock.now(), trace))

    async def query(self, read: Callable[[Work], T]) -> T:
        """What `read` finds in the aggregates as they are now. Raises Unavailable while MongoDB is away or slow."""
        if len(self._queries) >= MOST_QUERIES:
            raise Unavailable
        query = asyncio.create_task(self._query(read))
        self._queries.add(query)  # until it ends, also where nobody waits any more: so long it has a thread
        query.add_done_callback(self._answered)
        async with _soon():
            return await asyncio.shield(query)

    def _answered(self, query: "asyncio.Task[Any]") -> None:
        self._queries.discard(query)
        if not query.cancelled():
            query.exception()  # where nobody waits any more, nobody is told, and asyncio need not say so

    async def _query(self, read: Callable[[Work], T]) -> T:
        loaded = Loaded()
        while True:
            work = Work(f"urn:upc:{self.name}", self.clock.now(), self.core.rules, loaded)
            try:
                return read(work)
            except NotLoaded:
                await self.store.load(work.needs, loaded)
                looked_at(ref for ref, state in loaded.states.items() if state)

    async def named(self, kind: type[State], word: str, most: int) -> list[str]:
        """The ids of at most `most` aggregates that have `word` among their lookups."""
        return await self.store.named(kind, word, most)

    async def ranked(self, kind: type[State], wanted: Wanted) -> Ranked:
        """A page of the aggregates of `kind`, in the order of their rank."""
        async with _soon():
            return await self.store.ranked(kind, wanted)

    async def missing(self) -> list[str]:
        """The dependencies that are not there."""
        mongodb, kafka = await asyncio.gather(self.platform.database.ping(), self._reading.reachable())
        kafka = kafka and self._started and self.core.publishing and not self.platform.refused
        kafka = kafka or self.platform.reading_again  # which says by itself, and waits, where Kafka is away
        there = {"mongodb": mongodb, "keys": self.store.unlocked, "kafka": kafka} | {
            f"picture of {follower.topic}": follower.caught_up for follower in self._followers
        }
        there[SINCE_BACKUP] = not self.platform.reading_again
        there |= {what: is_there() for what, is_there in self._needed.items()}
        there |= {"identity provider": self.callers.keys.known} if self.callers.declared else {}
        for dependency, ready in there.items():
            metrics.READY.labels(self.name, dependency).set(ready)
        missing = [dependency for dependency, ready in there.items() if not ready]
        self._was_ready = self._was_ready or not missing
        return missing

    async def callable(self) -> bool:
        """Whether this instance answers calls: from when it was ready once, whatever all instances are without meanwhile.

        The contact check needs neither MongoDB nor Kafka then (R19), what is submitted no Kafka (R6); others say try again. Nor
        does it need what came since a backup: it is answered from what stands on the topic.
        """
        return self._was_ready or not {*await self.missing()} - {SINCE_BACKUP}

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        if open_by_mistake := [*undeclared(self.app)]:
            raise RuntimeError(f"nobody said who may call {', '.join(open_by_mistake)}")
        self._running = asyncio.create_task(self.run())
        self._running.add_done_callback(_report)
        yield
        self._running.cancel()
        await asyncio.wait([self._running])  # what it died of, if it did, is said already
        await self._write_what_was_seen()
        await self.platform.stop()

    async def run(self) -> None:
        """Works until cancelled; waits at the start for as long as MongoDB, the KMS or Kafka are away."""
        async with asyncio.TaskGroup() as tasks:
            if self.callers.declared:
                tasks.create_task(self._over_and_over(self.callers.keys.keep_fresh))
            await _until_it_works("mongodb or kms", self.store.prepare)
            for start in self.platform.starts():
                await _until_it_works("kafka", start)
            await _until_it_works("kafka", self._anchoring.anchor)
            self._started = True
            log.info("started")
            tasks.create_task(self._reading.run())
            for step in [*self._background, *(follower.catch_up for follower in self._followers)]:
                tasks.create_task(self._over_and_over(step))

    async def _over_and_over(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except (Unavailable, KafkaError, OSError) as error:
                log.warning("waiting", error=type(error).__name__)
            except Exception as error:
                name = getattr(getattr(step, "func", step), "__name__", "")  # of a partial, too
                log.error("a background step failed", step=name, error=type(error).__name__)
            await asyncio.sleep(self.settings.tick_seconds)

    async def _tick(self) -> None:
        await self.core.tick()

    def _observe(self) -> None:
        @self.app.get("/livez", include_in_schema=False)
        async def livez() -> JSONResponse:
            dead = self._running is None or self._running.done()  # whoever sees this starts the process again
            return JSONResponse({"status": "dead" if dead else "alive"}, 503 if dead else 200)

        @self.app.get("/readyz", include_in_schema=False)
        async def readyz() -> JSONResponse:
            missing = await self.missing()
            status = "unavailable" if missing else "ready"
            return JSONResponse({"status": status, "missing": missing}, 503 if missing else 200)

        @self.app.get("/callable", include_in_schema=False)
        async def callable() -> JSONResponse:
            answers = await self.callable()
            return JSONResponse({"status": "callable" if answers else "not yet"}, 200 if answers else 503)

        @self.app.get("/metrics", include_in_schema=False)
        async def told() -> Response:
            await self._looks.look()
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

        @self.app.middleware("http")
        async def timed(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
            start = time.perf_counter()
            with looking(Look(traceparent=request.headers.get("traceparent", ""))) as look:
                try:
                    response = await call_next(request)
                except (
                    Exception
                ) as error:  # answered here: further out the traceback, with what was sent, would be logged
                    response = problems.broken(error)
            self._record(look, request, response)
            route = getattr(request.scope.get("route"), "path", "none")
            taken = time.perf_counter() - start
            metrics.HTTP_SECONDS.labels(self.name, route, str(response.status_code)).observe(taken)
            return response

    async def _write_what_was_seen(self) -> None:
        """Whoever stops does not wait for what is away."""
        with suppress(Conflict, Unavailable, KafkaError, OSError):
            if await self.platform.database.ping():
                await self.core.write_what_was_seen()
            if self._started and await self._reading.reachable():
                await self._anchoring.anchor()

    def _record(self, look: Look, request: Request, response: Response) -> None:
        """What somebody saw goes into the audit log, whatever the answer was; what they wrote went there when it was saved."""
        route, now = request.scope.get("route"), self.clock.now()
        shown = response.status_code < 400 and getattr(route, "path", "").startswith("/api/")
        if look.about or (shown and not look.recorded):
            why = (getattr(route, "endpoint", None).__doc__ or "").strip().splitlines()
            key = inbox_key(Cause(f"urn:upc:{self.name}:http", new_id(now), now))
            what, came_of_it = f"{request.method} {getattr(route, 'path', '')}", str(response.status_code)
            deed = Deed(now, what, why[0] if why else "", look.who, key, look.traceparent, came_of_it, [*look.about])
            self.store.trail.note(deed)


def _application(name: str, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """No pages of FastAPI's own, which load programs from elsewhere; and no path is another with a slash at its end."""
    title = f"Unwanted Prisoner Contact Service: {name}"
    return FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        responses=dict(problems.ANYWHERE),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


@asynccontextmanager
async def _soon() -> AsyncIterator[None]:
    """Raises Unavailable where what is inside takes longer than a caller waits."""
    try:
        async with asyncio.timeout(LONGEST_CALL):
            yield
    except TimeoutError:
        raise Unavailable from None


async def _until_it_works(what: str, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await step()
        except (Unavailable, KafkaError, OSError):
            log.warning("waiting", missing=what)
            await asyncio.sleep(1.0)


def _report(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    while isinstance(error, BaseExceptionGroup):  # a task group's: what it died of is in it
        error = error.exceptions[0]
    if error:
        why = {"reason": str(error)} if isinstance(error, KeyRefused) else {}
        log.error("stopped working", error=type(error).__name__, **why)


def spare_the_collector() -> None:
    """A batch makes many objects that soon go and no cycles: by default the garbage collector takes half of the time.

    Three batches are in hand at once: at a threshold below what they hold it would walk them, still a tenth of the time.
    The thread that writes to MongoDB waits ten times a batch for who decides the next one: half a millisecond, not five.
    """
    gc.freeze()
    gc.set_threshold(500_000, 50, 50)
    sys.setswitchinterval(0.0005)


def run(name: str, make: Callable[[Settings], Service]) -> None:
    """Runs a service until it is told to stop: `python -m services.NAME`."""
    spare_the_collector()
    settings = _settings(name)
    telemetry.logs(name, settings.log_level)
    port = settings.port(name)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.http_host, port))
        except OSError:
            sys.exit(f"{name}: port {port} is taken; set {name.upper()}_PORT to another, or stop what uses it")
    try:
        service = make(settings)
    except Misconfigured as wrong:
        sys.exit(f"{name}: {wrong}")
    uvicorn.Server(server.config(service.app, settings.http_host, port)).run()


def _settings(name: str) -> Settings:
    """Ends the program with one line where they can't be used: nobody is let in because it was forgotten to ask who it is."""
    try:
        settings = Settings()
    except ValidationError as invalid:
        first = invalid.errors()[0]
        sys.exit(f"{name}: {str(first['loc'][0]).upper()} can't be used: {first['msg']}")
    if settings.oidc_issuer is None:
        sys.exit(
            f"{name}: OIDC_ISSUER is missing: set it to the OpenID Connect issuer whose access tokens callers bring"
        )
    return settings
