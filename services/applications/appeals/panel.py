"""Who may hear an appeal: different people, and nobody who has had to do with the case."""

from itertools import combinations, product

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals import rules
from services.applications.appeals.models import Appeal
from services.applications.appeals.schemas import AppealDecisionRequest
from services.applications.application.models import Application
from services.applications.application.people import (
    NamedPerson,
    Separation,
    check_different_people,
    list_parties,
)
from services.applications.application.schemas import PeoplePair
from services.applications.decision.models import Decision
from services.applications.examination.models import Examination


async def check_members(
    session: AsyncSession, appeal: Appeal, application: Application, body: AppealDecisionRequest
) -> tuple[PeoplePair, ...]:
    """Checks that the members are different people, and none of them barred from the hearing.

    Returns the names that were confirmed to be two people's. Raises `RuleViolation`.
    """
    members = [
        NamedPerson(member.name, f"/members/{index}/name")
        for index, member in enumerate(body.members)
    ]
    barred_people = await _list_barred_people(session, appeal, application)
    separations = (
        Separation(product(members, barred_people), rules.refuse_partial_member),
        Separation(combinations(reversed(members), 2), rules.refuse_repeated_member),
    )
    return check_different_people(separations, body.different_people)


async def _list_barred_people(
    session: AsyncSession, appeal: Appeal, application: Application
) -> list[NamedPerson]:
    """Who ever examined the candidate or decided on them, the parties, and the appellant."""
    examinations = select(Examination).where(Examination.application_id == application.id)
    decisions = select(Decision).where(Decision.application_id == application.id)
    names = [
        *(
            examiner.name
            for examination in await session.exec(examinations)
            for examiner in examination.commission
        ),
        *(name for decision in await session.exec(decisions) for name in decision.members),
        *([appeal.appellant_name] if appeal.appellant_name else ()),
    ]
    return [*map(NamedPerson, names), *list_parties(application)]
