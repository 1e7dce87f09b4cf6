"""The one thing a prisoner is told (R16)."""

from services.notifications.domain.texts import on_one_line
from shared.events.blocks import BlockEvent
from shared.events.notices import PrisonerNoticeIssued, notice_id


def notice(event: BlockEvent, name: str) -> PrisonerNoticeIssued:
    """The name of the person who can't be contacted, and nothing more. Its id follows from the block's alone."""
    return PrisonerNoticeIssued(
        notice_id=notice_id(event.block_id),
        prisoner_number=event.prisoner_number,
        prison_id=event.prison_id,
        name=on_one_line(name),
        at=event.at,
    )
