"""Groups of applicants in one file, and what an employer who referred them may know."""

from fastapi import APIRouter, Request, UploadFile

from services.applications.models import Appointment, Certificate
from services.applications.operations import groups
from services.applications.queries import dossiers, lists
from services.applications.routes.access import Applying, Employer
from services.applications.routes.answers import ServiceSettings
from services.applications.routes.applications import account
from services.applications.schemas.answers import Appointment as AppointmentShown
from services.applications.schemas.answers import GroupTaken, Referral
from shared.errors import Forbidden
from shared.http import Now, Reading
from shared.idempotency import IdempotencyKey
from shared.paging import Cursor, Limit, Page

router = APIRouter(prefix="/v1", tags=["groups"])


@router.post("/application-groups", summary="Take a group of applications")
async def take(
    file: UploadFile,
    caller: Applying,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    key: IdempotencyKey = None,
) -> GroupTaken:
    """A file of NDJSON or CSV; each row is answered on its own, and a bad one fails alone.

    NDJSON: a line is what one application's POST takes. CSV: the columns are the members of that
    body, joined by dots, such as `applicant.family_name`. With an Idempotency-Key a retry takes no
    row twice.
    """
    found = groups.rows(await file.read(), settings.bulk_rows)
    taker = groups.Taker(
        database=request.app.state.database,
        settings=settings,
        now=now,
        key=key,
        subject=account(caller),
        actor=caller.subject,
        centre=caller.centre,
    )
    return await taker.take(found)


@router.get("/referrals", summary="Whom an employer referred")
async def referrals(
    caller: Employer, session: Reading, cursor: Cursor = None, limit: Limit = 50
) -> Page[Referral]:
    """Name and appointment; the result only where the contract says so."""
    if caller.employer is None:
        raise Forbidden("auth.employer", "The token names no employer.")
    wanted = lists.Filter(employer=caller.employer)
    rows, following = await lists.applications(session, wanted, cursor, limit)
    items = []
    for row in rows:
        told = bool(row.payer and row.payer.get("told_by_contract"))
        appointment = await dossiers.latest(session, Appointment, row.id)
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
