"""Sessions begin, go on and end."""

from services.desk.domain.sessions import Begin, End, Note, Search, Session
from shared.runtime.items import Handlers
from shared.runtime.work import Work


def begun(work: Work, call: Begin) -> None:
    """Under a name of its own: one known before sign-in is worth nothing after it."""
    if call.instead_of:
        work.forget(Session, call.instead_of)
    work.put(call.session_id, call.session)


def noted(work: Work, call: Note) -> None:
    session = work.get(Session, call.session_id)
    if session and session.lasts(call.at):
        work.put(call.session_id, session.but(seen_at=max(session.seen_at, call.at)))


def searched(work: Work, call: Search) -> None:
    session = work.get(Session, call.session_id)
    if session:
        work.put(call.session_id, session.searching(call.name, call.search))


def ended(work: Work, call: End) -> None:
    for key in call.session_ids:
        work.forget(Session, key)


SESSIONS: Handlers = {Begin: begun, Note: noted, Search: searched, End: ended}
