"""The mark on the paper of a certificate that has ended, or ends on another day than it prints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from zoneinfo import ZoneInfo

from babel.dates import format_date

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.standing import ChangeKind
from shared.clock import civil_date

_DAY_PATTERN = "d MMMM y 'года'"
_MAX_BASIS = 400
"""More characters would leave no room on a sheet; the decision's own name is shorter."""
_PAUSING_KINDS = (ChangeKind.SUSPENDED, ChangeKind.REINSTATED)


@dataclass(frozen=True, slots=True)
class Mark:
    """What each sheet says: a sentence above, and, of what has ended, a word across the sheet."""

    sentence: str
    word: str | None = None


def format_day(day: date) -> str:
    """A day as documents of law write it: 2 марта 2026 года."""
    return format_date(day, _DAY_PATTERN, locale="ru")


def choose_mark(
    row: Certificate, changes: Sequence[CertificateChange], today: date, zone: ZoneInfo
) -> Mark | None:
    """The mark by the changes in effect today, the weightiest; none if the paper is true as it is.

    It has the day and the basis: the deciding document, else the reason.
    """
    changes_in_effect = sorted(
        (change for change in changes if change.effective_on <= today),
        key=lambda change: (change.effective_on, change.recorded_at),
    )
    latest_changes = {change.kind: change for change in changes_in_effect}
    pauses = [change for change in changes_in_effect if change.kind in _PAUSING_KINDS]
    if pauses and pauses[-1].kind is ChangeKind.REINSTATED:
        del latest_changes[ChangeKind.SUSPENDED]
    for kind, describe in _ENDINGS.items():
        if kind in latest_changes:
            return describe(latest_changes[kind], zone)
    moves = [change for change in changes_in_effect if change.valid_until is not None]
    return _describe_end(row.valid_until, moves[-1] if moves else None, today)


def _describe_annulment(change: CertificateChange, zone: ZoneInfo) -> Mark:
    day = format_day(civil_date(change.recorded_at, zone))
    sentence = f"Аннулировано {day}: выдано ошибочно и не действовало. {_name_basis(change)}"
    return Mark(sentence, "АННУЛИРОВАНО")


def _describe_withdrawal(change: CertificateChange, _: ZoneInfo) -> Mark:
    day = format_day(change.effective_on)
    return Mark(f"Отозвано, не действует с {day}. {_name_basis(change)}", "ОТОЗВАНО")


def _describe_suspension(change: CertificateChange, _: ZoneInfo) -> Mark:
    day = format_day(change.effective_on)
    return Mark(f"Приостановлено с {day}. {_name_basis(change)}", "ПРИОСТАНОВЛЕНО")


def _describe_supersession(change: CertificateChange, _: ZoneInfo) -> Mark:
    day = format_day(change.effective_on)
    basis = f"Основание: свидетельство № {change.successor}."
    return Mark(f"Заменено новым свидетельством {day}. {basis}", "ЗАМЕНЕНО")


_ENDINGS: dict[ChangeKind, Callable[[CertificateChange, ZoneInfo], Mark]] = {
    ChangeKind.ANNULLED: _describe_annulment,
    ChangeKind.WITHDRAWN: _describe_withdrawal,
    ChangeKind.SUSPENDED: _describe_suspension,
    ChangeKind.SUPERSEDED: _describe_supersession,
}
"""How what ends a certificate before its last day is told, the weightiest first."""


def _describe_end(printed_end: date, move: CertificateChange | None, today: date) -> Mark | None:
    """What is said of the last day: that it is past, or is another than the one printed."""
    end = move.valid_until if move and move.valid_until else printed_end
    basis = _name_basis(move) if move else "Основание: срок, указанный в свидетельстве."
    if end < today:
        return Mark(f"Срок действия истёк, последний день {format_day(end)}. {basis}", "СРОК ИСТЁК")
    if end == printed_end:
        return None
    verb = "продлён" if end > printed_end else "сокращён"
    return Mark(f"Срок действия {verb}, последний день {format_day(end)}. {basis}")


def _name_basis(change: CertificateChange) -> str:
    basis = shorten(change.basis or change.reason, _MAX_BASIS, placeholder="…")
    return f"Основание: {basis.rstrip('.')}."
