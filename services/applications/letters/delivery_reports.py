"""Reports of the mail system about what it could not deliver (RFC 3464), read within bounds.

What comes here was written by strangers. So only the outermost level is read, line by line: a
report whose parts are nested, encoded, or without an end costs no more than its length.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from enum import StrEnum

REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
MOST_PARTS = 10
"""A report has three parts; what stands behind so many is not looked at."""
MOST_RECIPIENTS = 100
MAX_HEADER_LENGTH = 998
"""Of the header that names the parts: a longer one takes the library long to take apart."""
_FIELD = re.compile(r"([A-Za-z-]{1,40}):[ \t]*(.{0,200})")
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_LASTING_DETAILS = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 0), (2, 1)})
"""Subjects and details of permanent codes (RFC 3463, 7505) of addresses that take nothing, ever."""


class DeliveryFault(StrEnum):
    """What a report says about a letter, the worst first."""

    DEAD_ADDRESS = "dead_address"  # it has not arrived, and to this address nothing will
    UNDELIVERED = "undelivered"  # it has not arrived, for another cause
    PASSING = "passing"  # it is delayed, or has arrived


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a report says. `status` is its code by RFC 3463, without anything that others wrote."""

    fault: DeliveryFault
    status: str


def read_delivery_report(content: bytes) -> DeliveryReport | None:
    """What the report says of the recipient whom it concerns most; None where it is no report."""
    parser = BytesHeaderParser()
    message = parser.parsebytes(content)
    boundary = _read_boundary(message)
    if boundary is None:
        return None
    for section in _iter_sections(_read_body(message), boundary):
        part = parser.parsebytes(section.encode("ascii", "replace"))
        if part.get_content_type() in REPORT_TYPES:
            return _read_recipients(_read_body(part))
    return None


def _read_boundary(message: Message) -> str | None:
    """The boundary of a report's parts; None where the message is no report."""
    if len(str(message.get("Content-Type", ""))) > MAX_HEADER_LENGTH:
        return None
    if message.get_content_type() != "multipart/report":
        return None
    try:
        return message.get_boundary() or None
    except (ValueError, LookupError):
        return None


def _read_body(message: Message) -> str:
    body = message.get_payload()
    return body if isinstance(body, str) else ""


def _iter_sections(body: str, boundary: str) -> Iterator[str]:
    """The parts of the outermost level, as they stand."""
    delimiter = f"--{boundary}"
    lines: list[str] | None = None
    part_count = 0
    for line in body.splitlines():
        text = line.rstrip()
        if text not in (delimiter, f"{delimiter}--"):
            if lines is not None:
                lines.append(line)
            continue
        if lines is not None:
            yield "\n".join(lines)
        part_count += 1
        if part_count > MOST_PARTS or text != delimiter:
            return
        lines = []
    if lines is not None:
        yield "\n".join(lines)


def _read_recipients(body: str) -> DeliveryReport | None:
    """The worst that is said of any recipient; the first block is about the report itself."""
    blocks = re.split(r"\n[ \t]*\n", body.strip("\n"))[: MOST_RECIPIENTS + 1]
    reports = [report for block in blocks if (report := _read_recipient(block)) is not None]
    severity = list(DeliveryFault)
    return min(reports, key=lambda report: severity.index(report.fault), default=None)


def _read_recipient(block: str) -> DeliveryReport | None:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        match = _FIELD.match(line)
        if match is not None:
            fields.setdefault(match[1].lower(), match[2])
    action = fields.get("action", "").partition("(")[0].strip().lower()
    status = _STATUS.match(fields.get("status", ""))
    if not action or status is None:
        return None
    return DeliveryReport(_judge(action, status.groups()), ".".join(status.groups()))


def _judge(action: str, status: Sequence[str]) -> DeliveryFault:
    """A failure is the end, whatever its code: the mail system has given up."""
    if action != "failed":
        return DeliveryFault.PASSING
    is_permanent = status[0] == "5"
    if is_permanent and (int(status[1]), int(status[2])) in _LASTING_DETAILS:
        return DeliveryFault.DEAD_ADDRESS
    return DeliveryFault.UNDELIVERED
