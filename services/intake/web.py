"""Intake's doors on HTTP for programs: contact requests, how they stand, breach reports."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.intake.domain import request as requests
from services.intake.domain import sender
from services.intake.domain.calls import Answer, Ask, Refused, Report
from services.intake.domain.identity import Named
from services.intake.domain.request import Status
from shared.domain.access import NOBODYS, PUBLIC, Action, may
from shared.domain.references import canonical_reference
from shared.events.asked import BreachReportAsked, ContactRequestAsked
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.requests import Channel
from shared.runtime.callers import REFUSED, Permit, not_there
from shared.runtime.ids import new_id
from shared.runtime.problems import Problem, parse_json, problem
from shared.runtime.service import Service
from shared.runtime.work import Work

EMERGENCY = (
    "If someone is in immediate danger ring 999. If a prisoner is at risk ring the prison and ask for the "
    "orderly officer or Duty Governor."
)
NEXT = (
    "We find the prison that holds the prisoner and pass the request on within one working day. If the prison authorises it, "
    "the block is in force within two working days after that. We tell you at each step."
)
NO_COURT_ORDER = "This does not replace a court order."

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Trace = Annotated[str, Header(alias="traceparent", max_length=200)]


class Receipt(Form):
    """What the requester gets at once (R6)."""

    request_id: str
    reference: str
    status: requests.Step = requests.Step.SUBMITTED
    deadline: Moment | None
    what_happens_next: str = NEXT
    court_order: str = NO_COURT_ORDER
    emergency: str = EMERGENCY


def _takes(model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


NOT_SURE = problem(
    "Not confirmed, though it may be saved: send exactly the same again after `Retry-After`, with the same `Idempotency-Key` "
    "where it had one, and it counts once"
)
LOCATION = {"description": "Where the status of the request is", "schema": {"type": "string"}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: problem("The body is not JSON"),
    409: problem("The `external_id` was used for something else"),
    422: problem("Every fault at once, or an `Idempotency-Key` that was used for something else"),
    503: NOT_SURE,
}
TAKEN_IN: dict[int | str, dict[str, Any]] = {202: {"description": "It is taken in", "headers": {"Location": LOCATION}}}
STATUS = REFUSED
TOO_OFTEN = problem("Too many for now from this address: try again after `Retry-After`")


class BreachReceipt(Form):
    """What the reporter of a breach gets at once."""

    breach_id: str
    reference: str
    what_happens_next: str = (
        "The prison is alerted as soon as it is found. Keep letters, messages and call records: they may be evidence."
    )
    emergency: str = EMERGENCY


def install(service: Service) -> None:
    """Puts intake's routes into the service's application."""
    service.app.include_router(_routes(service))
    _describe_bodies(service.app, ContactRequestAsked, BreachReportAsked)


def _routes(service: Service) -> APIRouter:
    routes, may_call = APIRouter(), service.callers.may
    Submitting = Annotated[Permit, Depends(may_call(Action.SUBMIT_REQUEST))]
    Reporting = Annotated[Permit, Depends(may_call(Action.REPORT_BREACH))]
    Seeing = Annotated[Permit, Depends(may_call(Action.SEE_REQUEST))]

    @routes.post(
        "/api/v1/contact-requests",
        status_code=202,
        responses=REFUSALS | REFUSED | TAKEN_IN,
        openapi_extra=_takes(ContactRequestAsked),
    )
    async def ask(
        http: Request, response: Response, permit: Submitting, idempotency_key: Key = None, traceparent: Trace = ""
    ) -> Receipt:
        """Asks that a prisoner does not contact one or more people. Every fault comes at once, with JSON pointers."""
        body, by = parse_json(await http.body()), sender.caller(permit.caller)
        call = Ask(body=body, channel=Channel.HTTP, idempotency_key=idempotency_key, sender=by)
        taken = _taken(await service.call(call, new_id(service.clock.now()), traceparent))
        response.headers["Location"] = f"/api/v1/contact-requests/{taken.reference}"
        return Receipt(request_id=taken.id, reference=taken.reference, deadline=taken.routing_deadline)

    @routes.post(
        "/api/v1/breach-reports",
        status_code=202,
        responses=REFUSALS | {401: REFUSED[401], 429: TOO_OFTEN, 202: {"description": "It is taken in"}},
        openapi_extra=_takes(BreachReportAsked),
    )
    async def report(
        http: Request, permit: Reporting, idempotency_key: Key = None, traceparent: Trace = ""
    ) -> BreachReceipt:
        """Reports contact that goes on in spite of a block (R29). Needs no account; without one not too often."""
        body = parse_json(await http.body())
        by = None if permit.caller == PUBLIC else sender.caller(permit.caller)
        call = Report(body=body, channel=Channel.HTTP, idempotency_key=idempotency_key, sender=by)
        taken = _taken(await service.call(call, new_id(service.clock.now()), traceparent))
        return BreachReceipt(breach_id=taken.id, reference=taken.reference)

    @routes.get("/api/v1/contact-requests/{reference}", responses=STATUS)
    async def status(reference: str, permit: Seeing) -> Status:
        """How a request stands: status, prison where it may be known, deadlines, what has happened (R41, R47)."""
        canonical = canonical_reference(reference)
        found = await service.query(lambda work: _by_reference(work, canonical)) if canonical else None
        permit.must_reach(found.whose if found else NOBODYS)
        if found is None:
            raise not_there()
        knows_prison = may(permit.caller, Action.KNOW_PRISON, found.whose)
        return requests.status(found if knows_prison else found.for_requester())

    return routes


def _by_reference(work: Work, reference: str) -> requests.Request | None:
    """Looks as often, and so takes as long, where there is none."""
    named = work.get(Named, reference)
    return work.get(requests.Request, (named and named.request_id) or "")


def _taken(answer: Answer) -> Any:
    """What was taken in. Raises Problem 422 for an incomplete body, 409 or 422 for a name that was used before."""
    if not isinstance(answer, Refused):
        return answer
    if not answer.conflict:
        raise Problem(422, "The request is not complete", answer.faults)
    named = any(fault.pointer for fault in answer.faults)
    raise Problem(409 if named else 422, "This was used for another submission", answer.faults)


def _describe_bodies(app: FastAPI, *models: type[BaseModel]) -> None:
    """Puts the bodies' schemas into the OpenAPI document: they are checked by us, so that no fault hides another."""
    original: Callable[[], dict[str, Any]] = app.openapi

    def described() -> dict[str, Any]:
        document = original()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in _schemas(models).items():
            schemas.setdefault(name, schema)
        return document

    app.openapi = described  # type: ignore[method-assign]


@cache
def _schemas(models: tuple[type[BaseModel], ...]) -> Mapping[str, Any]:
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    found: Mapping[str, Any] = definitions["$defs"]
    return found
