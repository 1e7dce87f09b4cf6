"""Has a broker know its users: SCRAM credentials, which aiokafka's administrator can't set by itself (KIP-554)."""

import hashlib
import os
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

ITERATIONS = 8192
SCRAM_SHA_512 = 2


async def admit(admin: AIOKafkaAdminClient, passwords: Mapping[str, str]) -> None:
    """Each user's password from now on, whatever it was. The broker is told a salted hash. Raises KafkaError."""
    answer = await admin._send_request(_AlterCredentials(passwords))
    for user, code, *_ in answer.results:
        if code:
            raise for_code(code)(user)


class _Altered(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 51, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString()), ("error_code", Int16), ("message", CompactString()), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class _Alter(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION, FLEXIBLE_VERSION, RESPONSE_TYPE = 51, 0, True, _Altered
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString()), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString()),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterCredentials(Request[_Alter]):  # type: ignore[misc]
    API_KEY = 51

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def build(self, request_struct_class: type[_Alter]) -> _Alter:
        return request_struct_class([], [_upsertion(user, word) for user, word in self._passwords.items()], {})


def _upsertion(user: str, password: str) -> tuple[object, ...]:
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return user, SCRAM_SHA_512, ITERATIONS, salt, salted, {}
