"""What is printed, as PDF: the certificate with its annex, a duplicate, the not-passed statement.

Order 725n gives the content and the type sizes: A4, the document's name in 20 points or more, the
rest in 10 or more. The same data give the same bytes: nothing in the file is of the day on which it
was made. Tagged by PDF/UA-1, so that it can be searched and read aloud.
"""

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import segno
import typst

from services.certificates.certificate.models import Certificate, Duplicate, Statement
from services.certificates.settings import CertificatesSettings
from shared.events.catalog import OccupationalStandard, Qualification
from shared.pages.locale import Words

TEMPLATES = Path(__file__).parent
MEDIA_TYPE = "application/pdf"
_DAYS = Words("ru", {})


def certificate_pdf(
    row: Certificate, duplicate: Duplicate | None, settings: CertificatesSettings
) -> bytes:
    """A certificate with its annex; a duplicate has the names and the signature of its own day."""
    printed = duplicate or row
    told = {
        **_common(row, printed.holder, printed.centre),
        "day": printed.issued_on.isoformat(),
        "issued_on": _DAYS.full_day(row.issued_on),
        "valid_until": _DAYS.full_day(row.valid_until),
        "duplicate_on": _DAYS.full_day(duplicate.issued_on) if duplicate else None,
        "code": _code(address(row, settings)),
        "annex": _annex(Qualification.model_validate(row.qualification)),
    }
    return _compiled("certificate.typ", told, settings)


def statement_pdf(row: Statement, settings: CertificatesSettings) -> bytes:
    """A not-passed statement; its names must not have been erased."""
    assert row.holder is not None, "the caller asks for no statement without names"
    told = {
        **_common(row, row.holder, row.centre),
        "day": row.issued_on.isoformat(),
        "issued_on": _DAYS.full_day(row.issued_on),
        "examined_from": _DAYS.full_day(row.examined_from),
        "examined_to": _DAYS.full_day(row.examined_to),
        "recommendation": row.recommendation,
    }
    return _compiled("statement.typ", told, settings)


def address(row: Certificate, settings: CertificatesSettings) -> str:
    """Where anybody can check the certificate: what its code leads to."""
    asked = urlencode({"number": row.number, "issued_on": row.issued_on.isoformat()})
    return f"{settings.certificates_public_url}/ru/verify?{asked}"


def _common(
    row: Certificate | Statement, holder: dict[str, Any], centre: dict[str, Any]
) -> dict[str, Any]:
    others = filter(None, (holder["given_name"], holder["patronymic"]))
    return {
        "number": row.number,
        "holder": [holder["family_name"], " ".join(others)],
        "qualification": row.qualification,
        "centre": {"address": None, "head": None, "deputy": False, **centre},
    }


def _annex(of: Qualification) -> dict[str, Any]:
    """The annex's nine columns: columns 1-8 and 11 of the qualification's form (order 726n)."""
    first = [of.occupational_standard] if of.occupational_standard else []
    titles = [
        " ".join(filter(None, (each.title, each.grade and f"{each.grade} разряда", each.code)))
        for each in of.job_titles
    ]
    return {
        "registry_number": of.registry_number,
        "name": of.name,
        "standards": "; ".join(_standard(each) for each in [*first, *of.further_standards]),
        "level": str(of.level) + (f" ({of.sublevel})" if of.sublevel else ""),
        "functions": [[each.code, each.name] for each in of.labour_functions],
        "additional_information": of.additional_information,
        "legal_requirement": of.legal_requirement,
        "characteristics": "; ".join(filter(None, [of.additional_characteristics, *titles])),
    }


def _standard(of: OccupationalStandard) -> str:
    order = f" № {of.order_number}" if of.order_number else ""
    if of.order_date:
        order = f" от {of.order_date:%d.%m.%Y}{order}"
    return f"{of.code} «{of.title}»" + (f", приказ Минтруда России{order}" if order else "")


def _code(content: str) -> str:
    drawn = io.BytesIO()
    segno.make(content, error="m", micro=False).save(drawn, kind="svg", border=4, xmldecl=False)
    return drawn.getvalue().decode()


def _compiled(template: str, told: dict[str, Any], settings: CertificatesSettings) -> bytes:
    folder = settings.certificates_font_folder
    made = typst.compile(
        TEMPLATES / template,
        format="pdf",
        sys_inputs={
            "told": json.dumps(told, ensure_ascii=False),
            "font": settings.certificates_font,
        },
        font_paths=[folder] if folder else [],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(made, bytes), "one file, as asked for"
    return made
