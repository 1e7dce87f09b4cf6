"""Every event of the platform. What stands here is in the AsyncAPI documents, the JSON Schemas and on Kafka."""

from shared.events import blocks, breaches, contacts, inbound, notices, requests, reviews, submissions
from shared.events.envelope import Catalogue

CATALOGUE = Catalogue(
    (
        submissions.ContactRequestReceived,
        submissions.BreachReportReceived,
        inbound.PrisonerRecorded,
        inbound.PrisonerMoved,
        inbound.SocialContactChanged,
        inbound.PrisonDecided,
        inbound.BlockListAcknowledged,
        inbound.RoutingDecided,
        requests.ContactRequestSubmitted,
        requests.ContactRequestRouted,
        requests.ContactRequestHeld,
        requests.ContactRequestNeedsPerson,
        requests.Reply,
        blocks.BlockAuthorised,
        blocks.BlockRefused,
        blocks.BlockMoreAsked,
        blocks.BlockImplemented,
        blocks.BlockUnconfirmed,
        blocks.BlockLifted,
        blocks.BlockWithdrawalNoted,
        blocks.BlockEnded,
        blocks.BlockListChanged,
        contacts.SocialContactDecided,
        breaches.BreachReportSubmitted,
        breaches.BreachReportRouted,
        breaches.BreachReportNeedsPerson,
        breaches.BreachAlerted,
        breaches.BreachActionRecorded,
        reviews.ReviewOpened,
        reviews.ReviewDecided,
        reviews.ReviewOverdue,
        reviews.HandoverIssued,
        notices.PrisonerNoticeIssued,
        notices.CaseFileNoteIssued,
        notices.TaskRaised,
    )
)
