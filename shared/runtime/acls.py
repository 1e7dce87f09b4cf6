"""Who may do what on Kafka, as the broker's authorizer holds everybody to it; it follows from the topics' own definitions.

`python -m shared.runtime.acls` prints it as Strimzi `KafkaUser`s for `deploy/k8s/base/kafka/users.yaml`. On a broker of another
kind `python -m shared.runtime.topics` puts it right. Whatever is not said here is refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NoError, SecurityDisabled, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from shared.events.principals import INSIDE, SERVICES, Principal
from shared.events.topics import ALL, Topic, with_lanes
from shared.runtime.settings import Settings

SERVICES_OWN, LANES_OWN = "upc-", "lane."
"""How groups that belong to somebody are called: a service's own is `upc-SERVICE`, an agency's begin with `lane.AGENCY.`."""
ADMINISTRATOR = "administrator"
"""Who mends by hand (docs/operating.md): one of `superUsers` in `deploy/k8s/base/kafka/kafka.yaml`."""
ANY = 1
"""In a question to the broker."""


class Resource(IntEnum):
    """What one may do something with. Numbers here and below are Kafka's own."""

    TOPIC = 2
    GROUP = 3


class Pattern(IntEnum):
    """How the resource is named: in full, or by how its name begins. A literal `*` is every one."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """To read or to write is also to see that it is there."""

    ALL = 2
    READ = 3
    WRITE = 4
    DESCRIBE = 8


class Permission(IntEnum):
    """To deny goes before to allow."""

    DENY = 2
    ALLOW = 3


class Acl(NamedTuple):
    """One line of what the authorizer knows."""

    resource: int
    name: str
    pattern: int
    principal: str
    host: str
    operation: int
    permission: int


def wanted(topics: Iterable[Topic]) -> frozenset[Acl]:
    """All that anybody may do. An idempotent producer needs no more than to write its topic."""
    lines, readers = set[Acl](), set[str]()
    for topic in topics:
        lines |= {_may(Resource.TOPIC, topic.name, who, Operation.WRITE) for who in topic.written_by}
        lines |= {_may(Resource.TOPIC, topic.name, who, Operation.READ) for who in topic.read_by}
        readers.update(topic.read_by)
    return frozenset(lines.union(*map(_groups, readers)))


def _groups(who: str) -> set[Acl]:
    """Parties of the contract call their groups what they like, but nobody comes into a group that belongs to somebody."""
    if who in INSIDE:
        return {_may(Resource.GROUP, f"{SERVICES_OWN}{who}", who, Operation.READ)}
    if who not in set(Principal):
        return {_may(Resource.GROUP, f"{LANES_OWN}{who}.", who, Operation.READ, Pattern.PREFIXED)}
    kept_from = Operation.READ if who == Principal.SRE else Operation.ALL
    belonging = [
        _may(Resource.GROUP, f"{SERVICES_OWN}{service}", who, kept_from) for service in SERVICES if service != who
    ]
    belonging.append(_may(Resource.GROUP, LANES_OWN, who, kept_from, Pattern.PREFIXED))
    denied = {line._replace(permission=Permission.DENY) for line in belonging}
    return {_may(Resource.GROUP, "*", who, Operation.READ), *denied, *_running(who)}


def _running(who: str) -> set[Acl]:
    """Who runs it sees of every topic how far it goes, and of every group how far that is: not what they say."""
    if who != Principal.SRE:
        return set()
    return {_may(Resource.TOPIC, "upc.", who, Operation.DESCRIBE, Pattern.PREFIXED)}


def looking_on(who: str) -> list[Acl]:
    """For somebody who checks that all is right: to read every topic, and to see how far the services' groups are."""
    groups = _may(Resource.GROUP, SERVICES_OWN, who, Operation.DESCRIBE, Pattern.PREFIXED)
    return [_may(Resource.TOPIC, "upc.", who, Operation.READ, Pattern.PREFIXED), groups]


def _may(resource: Resource, name: str, who: str, operation: Operation, pattern: Pattern = Pattern.LITERAL) -> Acl:
    return Acl(resource, name, pattern, f"User:{who}", "*", operation, Permission.ALLOW)


async def apply(admin: AIOKafkaAdminClient, lines: frozenset[Acl]) -> None:
    """Has the broker know `lines` and nothing else of our topics, groups and principals; does nothing where it asks nobody.

    Raises KafkaError where this login may not.
    """
    there = await known(admin)
    if there is None:
        return
    await add(admin, lines - there)
    deleted = await admin._send_request(_Delete([*unwanted(lines, there)]))
    for code, why, *_ in deleted.filter_responses:
        _check(code, why)


def unwanted(lines: frozenset[Acl], there: frozenset[Acl]) -> frozenset[Acl]:
    """What is `there` of our topics, groups and principals and is not among `lines`."""
    principals = {line.principal for line in lines}
    return frozenset(line for line in there - lines if _is_ours(line) or line.principal in principals)


async def add(admin: AIOKafkaAdminClient, lines: Iterable[Acl]) -> None:
    """Has the broker know `lines` too."""
    made = await admin._send_request(_Create([*lines]))
    for code, why in made.creation_responses:
        _check(code, why)


class _Create(CreateAclsRequest):  # type: ignore[misc]
    """Many at once, where aiokafka's own makes one: each takes the broker as long as all."""

    def __init__(self, lines: Sequence[Acl]) -> None:
        self._lines = lines

    def build(self, version: Any) -> Any:
        return version([tuple(line) for line in self._lines])


class _Delete(DeleteAclsRequest):  # type: ignore[misc]
    def __init__(self, lines: Sequence[Acl]) -> None:
        self._lines = lines

    def build(self, version: Any) -> Any:
        return version([tuple(line) for line in self._lines])


def _is_ours(line: Acl) -> bool:
    begins: Mapping[int, tuple[str, ...]] = {Resource.TOPIC: ("upc.",), Resource.GROUP: (SERVICES_OWN, LANES_OWN)}
    return line.name.startswith(begins.get(line.resource, ()))


async def known(admin: AIOKafkaAdminClient) -> frozenset[Acl] | None:
    """What the broker knows; None where it has no authorizer."""
    every = DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY)
    response = await admin._send_request(every)
    if response.error_code == SecurityDisabled.errno:
        return None
    _check(response.error_code, response.error_message)
    return frozenset(
        Acl(resource, name, pattern, *line) for resource, name, pattern, lines in response.resources for line in lines
    )


def _check(code: int, message: str | None) -> None:
    if for_code(code) is not NoError:
        raise for_code(code)(message)


def strimzi(agencies: Iterable[str]) -> list[dict[str, Any]]:
    """A Strimzi `KafkaUser` for everybody who may do anything, with what that is; and one whom the broker asks nothing."""
    by_principal: dict[str, list[Acl]] = defaultdict(list)
    for line in sorted(wanted(with_lanes(ALL, agencies))):
        by_principal[line.principal.removeprefix("User:")].append(line)
    return [
        _user(name, authorization={"type": "simple", "acls": [_rule(line) for line in lines]})
        for name, lines in sorted(by_principal.items())
    ] + [_user(ADMINISTRATOR)]


def _user(name: str, **may: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": "upc"}},
        "spec": {"authentication": {"type": "scram-sha-512"}, **may},
    }


def _rule(line: Acl) -> dict[str, Any]:
    resource, pattern = Resource(line.resource).name.lower(), Pattern(line.pattern)
    return {
        "type": Permission(line.permission).name.lower(),
        "resource": {
            "type": resource,
            "name": line.name,
            "patternType": {Pattern.LITERAL: "literal", Pattern.PREFIXED: "prefix"}[pattern],
        },
        "operations": [Operation(line.operation).name.capitalize()],
    }


def main() -> None:
    import yaml

    print(yaml.safe_dump_all(strimzi(Settings().agencies), sort_keys=False), end="")


if __name__ == "__main__":
    main()
