"""What must be so throughout, and at rest. A violation says which promise is broken, and by what."""

import json
from collections import Counter, defaultdict
from typing import Any

from services.notifications.domain.messages import Step
from shared.domain.working_days import parse_time
from shared.events import topics
from shared.events.envelope import Record
from simulation.cluster import SERVICES, Cluster
from simulation.outside import Outside
from simulation.truth import Custody, Prisoner, in_force
from simulation.written import written_down

NOT_THEIRS = "this prison does not hold the prisoner"
EXPECTED = (
    "decided before", "the request is routed already", NOT_THEIRS, "the review is decided",
    "no review of this block is open", "withdrawn or ended", "the review is another prison's", "there is no such version",
    "it was said before this version", "the prison is not in the register",
)  # fmt: skip
"""Dead letters that people earn: two of them decided the same thing, or one said what cannot be."""


class Broken(Exception):
    """A promise is broken."""


def _data(record: Record) -> dict[str, Any]:
    return dict(json.loads(record.value or b""))


class Watch:
    """Looks at every record as it is written."""

    def __init__(self, outside: Outside) -> None:
        self._outside, self.broken = outside, list[str]()
        self._versions: dict[str, dict[int, bytes]] = defaultdict(dict)
        self._events: dict[tuple[str | None, str | None], bytes | None] = {}

    def look(self, record: Record) -> None:
        """Never raises: whoever writes has to go on as if nobody looked."""
        try:
            self._look(record)
        except Broken as broken:
            self.broken.append(str(broken))

    def _look(self, record: Record) -> None:
        if record.header("ce_id"):
            self._same_event_same_words(record)
        if record.topic == topics.BLOCK_LISTS.name:
            self._versions_grow_by_one(record)
            self._only_their_own(record)
        if record.topic in (topics.PRISONER_NOTICES.name, topics.SOCIAL_CONTACTS.name):
            self._names_only(record)

    def _same_event_same_words(self, record: Record) -> None:
        """`source` + `id` name an event for ever."""
        if record.topic.endswith("dead-letters.v1"):
            return
        name = record.header("ce_source"), record.header("ce_id")
        if self._events.setdefault(name, record.value) != record.value:
            raise Broken(f"one event, two contents: {record.header('ce_type')}")

    def _versions_grow_by_one(self, record: Record) -> None:
        number, version = (record.key or b"").decode(), _data(record)["version"]
        known = self._versions[number]
        if known.setdefault(version, record.value or b"") != record.value:
            raise Broken(f"version {version} of {number}'s list has two contents")
        if version > 1 and version - 1 not in known:
            raise Broken(f"version {version} of {number}'s list comes without the one before")

    def _only_their_own(self, record: Record) -> None:
        """R9: nobody else's calls are blocked."""
        for block in _data(record)["blocks"]:
            owners = {
                number
                for request in self._outside.requests
                for person in request.people
                if set(block["phones"]) & set(person.phones)
                for number in request.about.numbers
            }
            if (record.key or b"").decode() not in owners:
                raise Broken("a block is on another prisoner's list")

    def _names_only(self, record: Record) -> None:
        """R16."""
        text = (record.value or b"").decode()
        if "secret" in text or "UPC-" in text or "+44" in text:
            raise Broken(f"{record.topic} says more than a name")


def at_rest(cluster: Cluster, outside: Outside) -> list[str]:
    """What is broken when nothing moves any more. Of a request that nobody took there is nothing else to ask."""
    if lost := _accepted_once(outside):
        return lost
    return [
        *_decided_once(cluster, outside),
        *(fault for prisoner in outside.population for fault in _protected(cluster, outside, prisoner)),
        *_told_once(cluster, outside),
        *_nothing_set_aside(cluster),
        *_keys_for_what_is_kept(cluster),
        *written_down(cluster),
    ]


def left_over(cluster: Cluster) -> list[str]:
    """What still waits in the system."""
    waiting = [name for name, group in cluster.log.groups.items() if group.lag(cluster.log.end)]
    now = cluster.clock.now()
    for name in SERVICES:
        disk = cluster.disks[name]
        waiting += [f"{name}'s outbox"] if list(disk["journal"].find({})) else []
        waiting += [f"{name}'s early records"] if disk["parked"].documents else []
        for kind, collection in disk.collections.items():
            waiting += [f"{name}'s {kind}" for _ in list(collection.find({"due": {"$lte": now}})) if kind != "parked"]
    return waiting


def _accepted_once(outside: Outside) -> list[str]:
    """R5."""
    counts = {request.external_id: len(request.accepted) for request in outside.requests}
    return [f"{external_id} was accepted as {count} requests" for external_id, count in counts.items() if count != 1]


def _decided_once(cluster: Cluster, outside: Outside) -> list[str]:
    faults = []
    said: dict[str, set[str | None]] = defaultdict(set)
    for record in cluster.log.records(topics.BLOCKS.name):
        if (record.header("ce_type") or "").endswith(("authorised", "refused")):
            said[_data(record)["block_id"]].add(record.header("ce_id"))
    for request in outside.requests:
        in_custody = request.about.custody is Custody.IN
        taken_back = (
            request.withdrawal_sent and not request.by_order
        )  # perhaps heard before the decision about another person
        for block in request.blocks:
            decided = len(said[block])
            if decided > 1 or (in_custody and not decided and not taken_back):
                faults.append(f"block {block} of {request.external_id} was decided {decided} times")
    for record in cluster.log.records(topics.CONTACT_REQUESTS.name):
        data = _data(record)
        number = data.get("prisoner_number")
        if number and number not in outside.by_id[data["request_id"]].about.numbers:
            faults.append(f"{data['request_id']} went to another prisoner")
    return faults


def _protected(cluster: Cluster, outside: Outside, prisoner: Prisoner) -> list[str]:
    """The list that a newcomer finds, at the prison where they are, is what the model says, and that prison has it in force."""
    lists = {record.key: _data(record) for record in cluster.log.records(topics.BLOCK_LISTS.name)}
    block_list = lists.get(prisoner.number.encode())
    wanted = in_force(outside.requests, prisoner, outside.ended)
    found = {block["block_id"]: set(block["phones"]) for block in (block_list or {"blocks": []})["blocks"]}
    faults = [] if found == wanted else [f"{prisoner.number} has {sorted(found)} in force and not {sorted(wanted)}"]
    if block_list is None or not wanted:
        return faults
    if block_list["version"] < outside.prisons.newest[prisoner.number]["version"]:
        faults.append(f"{prisoner.number}'s newest list is not the last on its topic")
    if block_list["prison_id"] != prisoner.prison:
        faults.append(f"{prisoner.number} is at {prisoner.prison}, and the list at {block_list['prison_id']}")
    if not set(wanted) <= outside.prisons.holding(prisoner.prison, prisoner.number):
        faults.append(f"{prisoner.number}'s blocks are not enforced at {prisoner.prison}")
    return faults


def _told_once(cluster: Cluster, outside: Outside) -> list[str]:
    """R16, R26-R28: each step once; what may have got lost on the way is somebody's task."""
    mails = Counter(message.message_id for message in cluster.mailed)
    faults = [f"a message was sent {count} times" for count in mails.values() if count > 1]
    received = {message.request_id for message in cluster.mailed if message.step is Step.RECEIVED}
    tasks = [_data(record) for record in cluster.log.records(topics.TASKS.name)]
    received |= {task["request_id"] for task in tasks if task["step"] == Step.RECEIVED}
    faults += [f"{r.external_id} heard nothing" for r in outside.requests if r.request_id not in received]
    notices = {record.header("ce_id"): _data(record) for record in cluster.log.records(topics.PRISONER_NOTICES.name)}
    each = Counter(notice["notice_id"] for notice in notices.values())
    faults += [f"a prisoner was told {count} times" for count in each.values() if count > 1]
    blocks = [(record.header("ce_type") or "", _data(record)) for record in cluster.log.records(topics.BLOCKS.name)]
    authorised = {data["block_id"]: data["dormant"] for kind, data in blocks if kind.endswith("authorised")}
    in_force = {data["block_id"] for kind, data in blocks if kind.endswith("implemented")}
    told = [block for block, dormant in authorised.items() if not dormant or block in in_force]
    return faults if len(each) == len(told) else [*faults, f"{len(each)} notices for {len(told)} blocks"]


def _nothing_set_aside(cluster: Cluster) -> list[str]:
    """But what people earned; and what came twice is dropped by the inbox, not set aside beside the first."""
    faults, places = list[str](), dict[tuple[str, bytes | None], str | None]()
    for name in SERVICES:
        for record in cluster.log.records(topics.dead_letters(name).name):
            reason, place = record.header("dead-letter-reason") or "", record.header("dead-letter-from")
            lost = (
                reason.startswith(NOT_THEIRS) and _theirs(cluster, _data(record)) and _undecided(cluster, _data(record))
            )
            if lost or not reason.startswith(EXPECTED):
                faults.append(f"{name} set aside: {reason}")
            if places.setdefault((name, record.value), place) != place:
                faults.append(f"{name} took a record for two")
    return faults


def _keys_for_what_is_kept(cluster: Cluster) -> list[str]:
    """Whatever is sealed can be opened, and what is done with can be read by nobody any more."""
    faults = []
    for name in SERVICES:
        disk = cluster.disks[name]
        documents = [document for collection in disk.collections.values() for document in collection.find({})]
        named = {document["key"] for document in documents if "sealed" in document}
        kept = {document["_id"] for document in disk["keys"].find({})}
        faults += [f"{name} lost {len(named - kept)} data keys"] if named - kept else []
        faults += [f"{name} kept {len(kept - named)} data keys that nothing needs"] if kept - named else []
    return faults


def _theirs(cluster: Cluster, decision: dict[str, Any]) -> bool:
    """Whether the prison had the request when it decided: no decision is late because the request went on meanwhile (R25)."""
    routed = [
        data
        for record in cluster.log.records(topics.CONTACT_REQUESTS.name)
        if (record.header("ce_type") or "").endswith("routed") and _is_about(decision, data := _data(record))
    ]
    left = [parse_time(data["routed_at"]) for data in routed[1:]]
    decided_at = parse_time(decision["decided_at"])
    return any(
        at["prison_id"] == decision["prison_id"] and decided_at < until for at, until in zip(routed, left, strict=False)
    )


def _undecided(cluster: Cluster, decision: dict[str, Any]) -> bool:
    """Whether nobody else decided what this decision is about: a second one changes nothing, whosever it is."""
    decided = {
        data["block_id"]
        for record in cluster.log.records(topics.BLOCKS.name)
        if (record.header("ce_type") or "").endswith(("authorised", "refused"))
        and _names(decision, data := _data(record))
    }
    return not decided


def _names(decision: dict[str, Any], block: dict[str, Any]) -> bool:
    named = ("block_id", decision.get("block_id")), ("request_id", decision.get("request_id"))
    return any(value and block.get(field) == value for field, value in named)


def _is_about(decision: dict[str, Any], routed: dict[str, Any]) -> bool:
    blocks = {proposed["block_id"] for proposed in routed["proposed"]}
    return decision.get("request_id") == routed["request_id"] or decision.get("block_id") in blocks
