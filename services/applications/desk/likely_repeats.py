"""Other open cases of what may be the same person and qualification, for whoever reads a case.

The law forbids nobody to apply twice; who takes an application in by mistake once more is shown it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import get_application
from services.applications.application.status import Status
from shared.councils import list_council_names
from shared.person_likeness import Likeness, compare_readings, read_name
from shared.person_names import join_name
from shared.principal import Principal, Scope

MOST_COMPARED = 50
"""So many open cases of one day of birth and one qualification are compared at most."""


async def list_likely_repeats(
    session: AsyncSession, application_id: UUID, reader: Principal
) -> Sequence[Application]:
    """The open cases of the reader's centre or council that may be repeats, the oldest first.

    Those of the same qualification whose applicant has the same day of birth, and a name that is
    or may be the same. None for a case that is over. Raises `NotFound`.
    """
    application = await get_application(session, application_id)
    if application.closed_on is not None or application.birth_date is None:
        return ()
    query = select(Application).where(
        Application.birth_date == application.birth_date,
        col(Application.closed_on).is_(None),
        Application.qualification_id == application.qualification_id,
        Application.id != application_id,
        Application.status != Status.DRAFT,
        _is_own(reader),
    )
    oldest_first = query.order_by(col(Application.submitted_at), col(Application.number))
    candidates = (await session.exec(oldest_first.limit(MOST_COMPARED))).all()
    name = read_name(_join_name(application))
    return [
        candidate
        for candidate in candidates
        if compare_readings(name, read_name(_join_name(candidate))) is not Likeness.DIFFERENT
    ]


def _is_own(reader: Principal) -> ColumnElement[bool]:
    """Of the reader's centre, or else of their council."""
    if reader.has_scope(Scope.PROCESS):
        return col(Application.centre_number) == reader.centre
    return col(Application.council).in_(list_council_names(reader.council or ""))


def _join_name(application: Application) -> str:
    return join_name(
        application.family_name or "", application.given_name or "", application.patronymic
    )
