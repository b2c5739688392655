"""What an employer may know of those whom it referred."""

from fastapi import APIRouter
from sqlmodel import col, select

from services.applications.access.dependencies import Employer
from services.applications.application.queries import (
    ApplicationFilter,
    list_applications,
    map_latest,
)
from services.applications.decision.models import Certificate
from services.applications.decision.rules import FinalKind
from services.applications.dossier.schemas import Referral
from services.applications.examination.models import Appointment
from services.applications.examination.schemas import AppointmentAnswer
from shared.errors import Forbidden
from shared.paging import Page
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction

router = APIRouter(prefix="/v1", tags=["groups"])


@router.get("/referrals", summary="Whom an employer referred")
async def list_referrals(
    caller: Employer, session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 50
) -> Page[Referral]:
    """Name and appointment of each referred applicant; the result where the contract says so."""
    if caller.employer is None:
        raise Forbidden("auth.employer", "The token names no employer.")
    application_filter = ApplicationFilter(employer=caller.employer)
    applications, next_cursor = await list_applications(session, application_filter, cursor, limit)
    ids = [application.id for application in applications]
    appointments = await map_latest(session, Appointment, ids)
    query = select(Certificate).where(
        col(Certificate.application_id).in_(ids),
        col(Certificate.final_kind).is_distinct_from(FinalKind.ANNULLED),
    )
    certificates = {row.application_id: row for row in await session.exec(query)}
    items = []
    for application in applications:
        payer = application.payer
        result_shared = payer is not None and payer.result_shared_with_employer
        appointment = appointments.get(application.id)
        certificate = certificates.get(application.id) if result_shared else None
        items.append(
            Referral(
                application_id=application.id,
                number=application.number,
                family_name=application.family_name,
                given_name=application.given_name,
                patronymic=application.patronymic,
                qualification_id=application.qualification_id,
                centre_number=application.centre_number,
                examination=appointment and AppointmentAnswer.model_validate(appointment),
                result_shared_with_employer=result_shared,
                status=application.status if result_shared else None,
                certificate_number=certificate and certificate.number,
                certificate_issued_on=certificate and certificate.issued_on,
            )
        )
    return Page[Referral](items=items, next=next_cursor)
