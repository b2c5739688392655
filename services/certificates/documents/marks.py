"""The mark on the paper of a certificate that has ended, or ends on another day than it prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from zoneinfo import ZoneInfo

from babel.dates import format_date

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.standing import Change, ChangeKind, Timeline
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date

_DAY_PATTERN = "d MMMM y 'года'"
_MAX_BASIS = 400
"""More characters would leave no room on a sheet; the decision's own name is shorter."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What each sheet says: a sentence above, and, of what has ended, a word across the sheet."""

    sentence: str
    word: str | None = None


def format_day(day: date) -> str:
    """A day as documents of law write it: 2 марта 2026 года."""
    return format_date(day, _DAY_PATTERN, locale="ru")


def choose_mark(
    row: Certificate,
    changes: Sequence[CertificateChange],
    today: date,
    settings: CertificatesSettings,
) -> Mark | None:
    """The mark by how the certificate stands today; none if the paper is true as it is.

    It has the day and the basis: the deciding document, else the reason. `changes` are in the order
    of their recording.
    """
    rows_by_change = {change.to_change(): change for change in changes}
    timeline = Timeline(row.issued_on, row.valid_until, tuple(rows_by_change))
    final_change, suspension = timeline.final_change_on(today), timeline.suspension_on(today)
    supersession, ends_on = timeline.supersession_on(today), timeline.end_on(today)
    if final_change is not None and final_change.kind is ChangeKind.ANNULLED:
        return _describe_annulment(rows_by_change[final_change], settings.time_zone)
    if final_change is not None:
        return _describe_withdrawal(rows_by_change[final_change])
    if supersession is not None and settings.supersession_ends:
        return Mark(_describe_supersession(supersession), "ЗАМЕНЕНО")
    moves = [change for change in timeline.changes if change.ends_on == ends_on]
    basis = (
        _name_basis(rows_by_change[moves[-1]])
        if moves
        else "Основание: срок, указанный в свидетельстве."
    )
    if today > ends_on:
        sentence = f"Срок действия истёк, последний день {format_day(ends_on)}. {basis}"
        return Mark(sentence, "СРОК ИСТЁК")
    if suspension is not None:
        return _describe_suspension(rows_by_change[suspension])
    notes = [] if supersession is None else [_describe_supersession(supersession)]
    if ends_on != row.valid_until:
        verb = "продлён" if ends_on > row.valid_until else "сокращён"
        notes.append(f"Срок действия {verb}, последний день {format_day(ends_on)}. {basis}")
    return Mark(" ".join(notes)) if notes else None


def _describe_annulment(change: CertificateChange, zone: ZoneInfo) -> Mark:
    day = format_day(civil_date(change.recorded_at, zone))
    sentence = f"Аннулировано {day}: выдано ошибочно и не действовало. {_name_basis(change)}"
    return Mark(sentence, "АННУЛИРОВАНО")


def _describe_withdrawal(change: CertificateChange) -> Mark:
    day = format_day(change.effective_on)
    return Mark(f"Отозвано, не действует с {day}. {_name_basis(change)}", "ОТОЗВАНО")


def _describe_suspension(change: CertificateChange) -> Mark:
    day = format_day(change.effective_on)
    return Mark(f"Приостановлено с {day}. {_name_basis(change)}", "ПРИОСТАНОВЛЕНО")


def _describe_supersession(change: Change) -> str:
    day = format_day(change.effective_on)
    return f"С {day} у владельца новое свидетельство № {change.successor}."


def _name_basis(change: CertificateChange) -> str:
    basis = shorten(change.basis or change.reason, _MAX_BASIS, placeholder="…")
    return f"Основание: {basis.rstrip('.')}."
