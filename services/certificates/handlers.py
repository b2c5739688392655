"""The events of other services that the certificates service handles."""

from services.certificates.issuance.handlers import issuance_handlers
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.handlers import notice_handlers
from shared.messaging.inbox import Handlers


def event_handlers(settings: CertificatesSettings) -> Handlers:
    """The handler of each consumed event type, under these settings."""
    return {**issuance_handlers(settings), **notice_handlers(settings)}
