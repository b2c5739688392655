"""Documents as PDF: the certificate with its annex, a duplicate, the not-passed statement.

Order 725n gives the content and the type sizes: A4, the title in 20 points or more, the rest in
10 or more. The same data give the same bytes: nothing in the file depends on the day on which
it is rendered, but for the mark of a certificate that has ended. Tagged by PDF/UA-1, so that it
can be searched and read aloud.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from services.certificates.certificate.models import Certificate, Duplicate, Statement
from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.documents.marks import Mark, format_day
from services.certificates.settings import CertificatesSettings
from shared.councils import council_name_on
from shared.events.applications import Holder
from shared.events.catalog import OccupationalStandard, QualificationContent
from shared.qr_codes import draw_qr_code
from shared.typesetting.pdf import compile_pdf

TEMPLATE_FOLDER = Path(__file__).parent


def render_certificate(
    row: Certificate, duplicate: Duplicate | None, mark: Mark | None, settings: CertificatesSettings
) -> bytes:
    """Renders a certificate with its annex, or one of its duplicates; each sheet bears the mark.

    A duplicate prints the holder, the signature block and the council's name of its own date of
    issue. Raises `RuleViolation` where a text of it cannot be printed.
    """
    edition = duplicate or row
    common_fields = _common_fields(row, edition.holder, edition.centre, mark)
    if duplicate is not None:
        council = council_name_on(row.qualification.council, duplicate.issued_on)
        common_fields["qualification"] = {"name": row.qualification.name, "council": council}
    fields = {
        **common_fields,
        "day": edition.issued_on.isoformat(),
        "issued_on": format_day(row.issued_on),
        "valid_until": format_day(row.valid_until),
        "duplicate_on": format_day(duplicate.issued_on) if duplicate else None,
        "code": draw_qr_code(verification_url(row, settings)),
        "notes": _list_notes(row.qualification),
        "annex": _annex_fields(row.qualification),
    }
    return _compile_pdf("certificate.typ", fields, settings)


def render_statement(row: Statement, settings: CertificatesSettings) -> bytes:
    """Renders a not-passed statement, whose names must not have been erased.

    Raises `RuleViolation` where a text of it cannot be printed.
    """
    assert row.holder is not None, "the caller asks for no statement without names"
    fields = {
        **_common_fields(row, row.holder, row.centre, None),
        "day": row.issued_on.isoformat(),
        "issued_on": format_day(row.issued_on),
        "examined_from": format_day(row.examined_from),
        "examined_to": format_day(row.examined_to),
        "recommendation": row.recommendation,
    }
    return _compile_pdf("statement.typ", fields, settings)


def verification_url(row: Certificate, settings: CertificatesSettings) -> str:
    """The page that verifies the certificate, in the language of whoever reads its QR code."""
    return f"{settings.site_url}/verify/{row.number}/{row.issued_on}"


def _common_fields(
    row: Certificate | Statement, holder: Holder, centre: PrintedCentre, mark: Mark | None
) -> dict[str, object]:
    """The fields that certificates and statements have in common."""
    given_names = filter(None, (holder.given_name, holder.patronymic))
    return {
        "number": row.number,
        "holder": [holder.family_name, " ".join(given_names)],
        "qualification": row.qualification.model_dump(include={"name", "council"}),
        "centre": centre.model_dump(),
        "mark": asdict(mark) if mark else None,
    }


def _list_notes(qualification: QualificationContent) -> list[str]:
    """What a reader must know of a qualification under which certificates are no rule."""
    notes = []
    if qualification.registry_number is None:
        notes.append(
            "Квалификация не имеет номера в реестре сведений о проведении независимой оценки "
            "квалификации."
        )
    if not qualification.term_confirmed:
        notes.append("Срок действия не подтверждён советом по профессиональным квалификациям.")
    return notes


def _annex_fields(qualification: QualificationContent) -> dict[str, object]:
    """The annex's nine columns: columns 1-8 and 11 of the qualification's form (order 726n)."""
    main_standard = (
        [qualification.occupational_standard] if qualification.occupational_standard else []
    )
    job_titles = [
        " ".join(filter(None, (item.title, item.grade and f"{item.grade} разряда", item.code)))
        for item in qualification.job_titles
    ]
    return {
        "registry_number": qualification.registry_number,
        "name": qualification.name,
        "standards": "; ".join(
            _standard_title(item) for item in [*main_standard, *qualification.further_standards]
        ),
        "level": str(qualification.level)
        + (f" ({qualification.sublevel})" if qualification.sublevel else ""),
        "functions": [[item.code, item.name] for item in qualification.labour_functions],
        "additional_information": qualification.additional_information,
        "legal_requirement": qualification.legal_requirement,
        "characteristics": "; ".join(
            filter(None, [qualification.additional_characteristics, *job_titles])
        ),
    }


def _standard_title(standard: OccupationalStandard) -> str:
    """The code, title and approving order of an occupational standard, as the annex prints it."""
    approval = f" № {standard.order_number}" if standard.order_number else ""
    if standard.order_date:
        approval = f" от {standard.order_date:%d.%m.%Y}{approval}"
    return f"{standard.code} «{standard.title}»" + (
        f", приказ Минтруда России{approval}" if approval else ""
    )


def _compile_pdf(
    template: str, fields: Mapping[str, object], settings: CertificatesSettings
) -> bytes:
    return compile_pdf(TEMPLATE_FOLDER / template, fields, settings.font, settings.font_folder)
