from datetime import UTC, datetime

from shared.events.envelope import Cause, continue_trace, derive_id, inbox_key

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"


def trace_and_parent(traceparent: str) -> tuple[str, str]:
    version, trace, parent, flags = traceparent.split("-")
    assert (version, flags, len(trace), len(parent)) == ("00", "01", 32, 16)
    return trace, parent


def test_what_follows_is_in_the_trace_of_its_cause() -> None:
    cause = Cause("urn:a", "1", NOW, f"00-{TRACE}-b7ad6b7169203331-01")
    assert trace_and_parent(continue_trace(cause, inbox_key(cause), derive_id("span")))[0] == TRACE


def test_where_a_cause_has_no_trace_all_that_follows_from_it_shares_one() -> None:
    cause, other = Cause("urn:a", "1", NOW, "nonsense"), Cause("urn:a", "2", NOW)
    one, two = (
        trace_and_parent(continue_trace(cause, inbox_key(cause), derive_id(span))) for span in ("authorised", "list")
    )
    assert one[0] == two[0]
    assert one[1] != two[1]
    assert trace_and_parent(continue_trace(other, inbox_key(other), derive_id("authorised")))[0] != one[0]
