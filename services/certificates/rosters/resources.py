"""What the certificates service's process holds for rosters."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from services.certificates.rosters.waiting import EventWaiters
from services.certificates.verification.resources import CertificatesResources
from shared.web.resources import get_resources


@dataclass(frozen=True, kw_only=True)
class RosterResources(CertificatesResources):
    """Those who wait for events in this process."""

    event_waiters: EventWaiters


def get_roster_resources(connection: HTTPConnection) -> RosterResources:
    """What the process that answers this request holds."""
    return cast("RosterResources", get_resources(connection))
