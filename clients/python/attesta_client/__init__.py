"""A client of the Attesta platform: `Attesta`, and `AsyncAttesta` for asyncio.

Every operation of the API stands in the packages `catalog`, `applications` and `certificates`, as
generated; the two classes put what portals and registries need most into a few words.
"""

from attesta_client.access import Token
from attesta_client.asynchronous import AsyncAttesta, AsyncVerificationJob
from attesta_client.certificates.models import PersonNames
from attesta_client.chain import EMPTY_CHAIN, ChainBroken
from attesta_client.events import EventsMissing, RosterEvent
from attesta_client.problems import AnswerBroken, JobCancelled, Refused
from attesta_client.synchronous import Attesta, VerificationJob
from attesta_client.webhooks import Message, MessageForged, read_message

__all__ = [
    "EMPTY_CHAIN",
    "AnswerBroken",
    "AsyncAttesta",
    "AsyncVerificationJob",
    "Attesta",
    "ChainBroken",
    "EventsMissing",
    "JobCancelled",
    "Message",
    "MessageForged",
    "PersonNames",
    "Refused",
    "RosterEvent",
    "Token",
    "VerificationJob",
    "read_message",
]
