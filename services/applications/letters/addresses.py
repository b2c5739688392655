"""Which address of a file a letter goes to, and addresses that get none. None commits."""

import hashlib
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.applications.application.models import Application
from services.applications.letters.models import BarredAddress
from services.applications.letters.rules import CHANNEL_ORDERS, BarReason, LetterChannel
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.encryption import Keyring

_DIGEST_PURPOSE = "barred addresses"


def hash_address(letter_id: UUID, address: str) -> str:
    """What a letter keeps of its address: comparable with a certain one, with no other letter's."""
    return hashlib.sha256(f"{letter_id} {address}".encode()).hexdigest()


def find_postal_address(application: Application) -> str | None:
    """Where post reaches the person: the address given for post, or that of the registration."""
    return application.postal_address or application.address


async def list_channels(
    context: ApplicationsContext, application: Application
) -> list[LetterChannel]:
    """The channels by which the file's person can be told, the best one first.

    First comes what they chose. An address that took nothing before is none, in whichever file it
    was found out.
    """
    addresses = {
        LetterChannel.EMAIL: application.email,
        LetterChannel.PHONE: application.phone,
        LetterChannel.POST: find_postal_address(application),
    }
    channels = [channel for channel in CHANNEL_ORDERS[application.notify_by] if addresses[channel]]
    if LetterChannel.EMAIL in channels and await is_barred(
        context, application, BarReason.REFUSED, BarReason.BOUNCED
    ):
        channels.remove(LetterChannel.EMAIL)
    return channels


async def find_channel(
    context: ApplicationsContext, application: Application, used_channels: Collection[str] = ()
) -> LetterChannel | None:
    """The best channel that was not used for this letter yet; None where there is none."""
    channels = await list_channels(context, application)
    return next((channel for channel in channels if channel not in used_channels), None)


async def bar_address(
    context: ApplicationsContext, application: Application, reason: BarReason
) -> None:
    """Notes that the file's e-mail address gets no letters; for an unsubscribed one, no reminders.

    A repetition changes nothing.
    """
    if application.email is None:
        return
    digest = _list_digests(context.settings.keyring, application.email)[0]
    row = {
        "application_id": application.id,
        "address_hash": digest,
        "reason": reason,
        "barred_at": context.now,
    }
    await execute(context.session, insert(BarredAddress).values(row).on_conflict_do_nothing())


async def is_barred(
    context: ApplicationsContext, application: Application, *reasons: BarReason
) -> bool:
    """Whether the file's e-mail address is barred for one of the reasons.

    What the address took nothing of counts for every file that names it; who has unsubscribed did
    so for their own: others may share a mailbox.
    """
    if application.email is None:
        return False
    query = select(BarredAddress.application_id).where(
        col(BarredAddress.address_hash).in_(
            _list_digests(context.settings.keyring, application.email)
        ),
        col(BarredAddress.reason).in_(reasons),
        or_(
            col(BarredAddress.reason) != BarReason.UNSUBSCRIBED,
            col(BarredAddress.application_id) == application.id,
        ),
    )
    return (await context.session.exec(query.limit(1))).first() is not None


async def erase_barred_addresses(context: ApplicationsContext, application_id: UUID) -> int:
    """Deletes what is known of a file's addresses; the number of rows."""
    statement = delete(BarredAddress).where(col(BarredAddress.application_id) == application_id)
    return (await execute(context.session, statement)).rowcount


def _list_digests(keyring: Keyring, address: str) -> list[str]:
    derived = keyring.derive(_DIGEST_PURPOSE)
    return [digest.hex() for digest in derived.list_digests(address.casefold())]
