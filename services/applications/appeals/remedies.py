"""What a satisfied appeal can do to its application, and the step back. None commits."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals import rules
from services.applications.appeals.rules import REOPENING_COMMANDS, AppealGround, Remedy
from services.applications.application.models import Application
from services.applications.application.operations import take_step
from services.applications.application.queries import get_latest
from services.applications.application.schemas import HistoryFacts
from services.applications.decision.queries import has_live_certificate
from services.applications.examination.models import Examination
from services.applications.intake.queries import get_consent
from services.applications.limits.operations import cancel_limits, record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext


async def list_remedies(
    session: AsyncSession, application: Application, ground: AppealGround
) -> set[Remedy]:
    """The remedies that an appeal on the ground has where its application stands now."""
    consent = await get_consent(session, application.id)
    examination = await get_latest(session, Examination, application.id)
    return rules.list_remedies(
        ground,
        application.status,
        has_consent=consent is not None and consent.withdrawn_at is None,
        has_examination=examination is not None,
    )


async def reopen_application(
    context: ApplicationsContext,
    application: Application,
    remedy: Remedy,
    facts: HistoryFacts,
) -> None:
    """Takes the step back that the remedy asks for; what stands is ended by the next decision.

    `facts` are the appeal's number and the day of its decision. The file is kept without an end
    while it is dealt with, unless a certificate stands, whose term goes on. Raises as `take_step`.
    """
    session, command = context.session, REOPENING_COMMANDS[remedy]
    async with take_step(context.without_expectation(), application.id, command, facts):
        application.closed_on = None
        if not await has_live_certificate(session, application.id):
            application.kept_until = None
        await cancel_limits(session, application.id)
        if remedy is Remedy.REVIEW_ANEW:
            application.admitted_on = None
            await record_procedure_event(
                context, application, ProcedureEvent.SUBMITTED, context.today
            )
