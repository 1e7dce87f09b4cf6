"""What a service says of itself, as pages for people: its topics (AsyncAPI) and its calls (OpenAPI). They need no script."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.events.envelope import Event
from shared.runtime import asyncapi

Document = Mapping[str, Any]
LIMITS = {
    "minLength": "{} or more characters",
    "maxLength": "{} or fewer characters",
    "minItems": "{} or more entries",
    "maxItems": "{} or fewer entries",
    "minimum": "{} or more",
    "maximum": "{} or less",
    "pattern": "looks like {}",
    "default": "{} where nothing is said",
}


def router(app: FastAPI, service: str, receives: Sequence[type[Event]], forms: asyncapi.Forms) -> APIRouter:
    """`/asyncapi` and `/openapi` for people, `/asyncapi.json` for programs; each is made when somebody first asks."""
    made = cache(partial(asyncapi.document, service, receives, forms))
    topics_page = cache(lambda: page("asyncapi.html", made()))
    calls_page = cache(lambda: page("openapi.html", app.openapi()))
    routes = APIRouter(include_in_schema=False)

    @routes.get("/asyncapi.json")
    async def topics() -> dict[str, Any]:
        return made()

    @routes.get("/asyncapi", response_class=HTMLResponse)
    async def topics_for_people() -> str:
        return topics_page()

    @routes.get("/openapi", response_class=HTMLResponse)
    async def calls_for_people() -> str:
        return calls_page()

    @routes.get("/described.css")
    async def style() -> Response:
        return Response(_source("described.css"), media_type="text/css")

    return routes


def page(template: str, made: Document) -> str:
    """The document `made` as one HTML page."""
    return (
        _environment().get_template(template).render(made=made, schemas=made.get("components", {}).get("schemas", {}))
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("shared.runtime"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"named_by": _named_by, "anchor": _anchor, "limits": _limits, "sentences": _sentences}
    return environment


@cache
def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader
    return environment.loader.get_source(environment, name)[0]


def _named_by(reference: str) -> str:
    """`#/components/schemas/Address` is `Address`."""
    return reference.rsplit("/", 1)[-1]


def _anchor(*words: str) -> str:
    """An id for what these words name, as links have it."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words)).strip("-")


def _limits(about: Document) -> str:
    """What a field's value has to be beside its type."""
    kinds = [about, *about.get("anyOf", ())]
    told = {name: kind[name] for kind in kinds for name in LIMITS if kind.get(name) not in (None, [], "")}
    return "; ".join(LIMITS[name].format(value) for name, value in told.items())


def _sentences(text: str) -> list[str]:
    """The paragraphs of a docstring."""
    return [" ".join(part.split()) for part in text.split("\n\n")]
