"""What notices there are, and why one was not published. When each is due, says the plan in SQL."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """Whether renewal is due or the certificate has expired."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"


class SuppressionReason(StrEnum):
    """Why a notice was entered into the ledger without being published."""

    OVERTAKEN = "overtaken"
    """A nearer threshold was due as well, after days without a scan."""


EXPIRY_THRESHOLD = 0
"""The threshold of the day after the last day: the certificate has expired."""


def notice_kind(threshold_days: int) -> NoticeKind:
    """The kind of a notice, by its days before the end."""
    return NoticeKind.EXPIRED if threshold_days == EXPIRY_THRESHOLD else NoticeKind.RENEWAL_DUE
