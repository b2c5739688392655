"""Whether the certificate that an application follows is the candidate's own.

Names and the day of birth say so, or leave it to the council: a name may be written otherwise, or
have changed. The council's word goes with the event of its decision, and into the history.
"""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import append_history
from services.applications.application.schemas import HistoryFacts
from services.applications.decision.models import Certificate
from services.applications.decision.schemas import DecisionRequest
from services.applications.settings import ApplicationsContext
from shared.errors import RuleViolation
from shared.person_likeness import Likeness, compare_people
from shared.person_names import join_name

SAME_HOLDER, OTHER_HOLDER = "confirm_same_holder", "deny_same_holder"
"""The history's words for whose the council says the earlier certificate is."""


async def check_recertified_holder(
    session: AsyncSession, application: Application, body: DecisionRequest
) -> None:
    """Checks that the council says whose the earlier certificate is, where it is in doubt.

    Raises `RuleViolation`.
    """
    if application.recertifies is None:
        if body.same_holder is not None:
            raise RuleViolation(
                "decision.not_recertifying",
                "The application follows no certificate. Leave 'same_holder' out.",
                field="/same_holder",
            )
        return
    if body.outcome == "refuse" or body.same_holder is not None:
        return
    number = application.recertifies.number
    query = select(Application).join(Certificate).where(Certificate.number == number)
    earlier_application = (await session.exec(query)).first()
    if earlier_application is not None and is_holder_in_doubt(application, earlier_application):
        raise RuleViolation(
            "decision.same_holder",
            f"Certificate {number} is of a person whose name or day of birth is written otherwise. "
            "Say in 'same_holder' whether it is the candidate's.",
            field="/same_holder",
            values={"certificate_number": number},
        )


def keep_same_holder(
    context: ApplicationsContext, application: Application, body: DecisionRequest
) -> None:
    """Adds to the history which account has said whose the earlier certificate is, if any has."""
    if application.recertifies is None or body.same_holder is None:
        return
    command = SAME_HOLDER if body.same_holder else OTHER_HOLDER
    facts = HistoryFacts(certificate_number=application.recertifies.number)
    account_context = context.acting_as(context.account or context.actor)
    append_history(account_context, application, command, application.status, facts)


def is_holder_in_doubt(application: Application, earlier_application: Application) -> bool:
    """Whether the two may be one person's, and neither names nor days of birth make it certain."""
    if application.family_name is None or earlier_application.family_name is None:
        return False  # erased
    is_born_alike = application.birth_date == earlier_application.birth_date
    likeness, given_likeness = (
        compare_people(make_name(application), make_name(earlier_application))
        for make_name in (_join_whole_name, _join_given_names)
    )
    if likeness is Likeness.SAME:
        return not is_born_alike
    return is_born_alike and (likeness is Likeness.PERHAPS or given_likeness is Likeness.SAME)


def _join_whole_name(application: Application) -> str:
    return join_name(application.family_name or "", _join_given_names(application), None)


def _join_given_names(application: Application) -> str:
    return join_name("", application.given_name or "", application.patronymic)
