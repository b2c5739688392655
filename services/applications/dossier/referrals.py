"""What an employer may know of those whom it referred."""

from fastapi import APIRouter

from services.applications.access.dependencies import Employer
from services.applications.application import queries
from services.applications.decision.models import Certificate
from services.applications.dossier.schemas import Referral
from services.applications.examination.models import Appointment
from services.applications.examination.schemas import Appointment as AppointmentShown
from shared.errors import Forbidden
from shared.paging import Page
from shared.web.dependencies import Cursor, Limit, Reading

router = APIRouter(prefix="/v1", tags=["groups"])


@router.get("/referrals", summary="Whom an employer referred")
async def referrals(
    caller: Employer, session: Reading, cursor: Cursor = None, limit: Limit = 50
) -> Page[Referral]:
    """Name and appointment; the result only where the contract says so."""
    if caller.employer is None:
        raise Forbidden("auth.employer", "The token names no employer.")
    wanted = queries.Filter(employer=caller.employer)
    rows, following = await queries.applications(session, wanted, cursor, limit)
    items = []
    for row in rows:
        told = bool(row.payer and row.payer.get("told_by_contract"))
        appointment = await queries.latest(session, Appointment, row.id)
        certificate = await session.get(Certificate, row.id) if told else None
        items.append(
            Referral(
                application_id=row.id,
                family_name=row.family_name,
                given_name=row.given_name,
                patronymic=row.patronymic,
                qualification_id=row.qualification_id,
                centre_number=row.centre_number,
                examination=appointment and AppointmentShown.model_validate(appointment),
                told_by_contract=told,
                status=row.status if told else None,
                certificate_number=certificate and certificate.number,
                certificate_issued_on=certificate and certificate.issued_on,
            )
        )
    return Page[Referral](items=items, next=following)
