"""A decided appeal in the registry: the council sends its data, the agency enters them.

Order 649n. None commits.
"""

from uuid import UUID

from services.applications.appeals.models import Appeal
from services.applications.appeals.operations import take_appeal_step
from services.applications.appeals.schemas import DatedStepRequest
from services.applications.appeals.status import AppealCommand
from services.applications.application.rules import check_day
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.errors import Conflict, RuleViolation


async def report_appeal(
    context: ApplicationsContext, appeal_id: UUID, body: DatedStepRequest
) -> Appeal:
    """Records the day on which the council sent the appeal's data to the registry.

    Raises as `take_appeal_step`, `Conflict` where they were sent before, and `RuleViolation`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.REPORT) as step:
        appeal = step.appeal
        if appeal.reported_on is not None:
            raise Conflict("appeal.reported", f"Its data were sent on {appeal.reported_on}.")
        assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
        check_day(body.completed_on, "/completed_on", appeal.decided_on, context.today)
        appeal.reported_on = body.completed_on
        event = ProcedureEvent.APPEAL_REPORTED
        await record_procedure_event(context, step.application, event, body.completed_on, appeal_id)
    return appeal


async def enter_appeal_in_registry(
    context: ApplicationsContext, appeal_id: UUID, body: DatedStepRequest
) -> Appeal:
    """Records the day on which the registry entered the appeal.

    Raises as `take_appeal_step`, `Conflict` where it was entered before, and `RuleViolation`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.ENTER_IN_REGISTRY) as step:
        appeal = step.appeal
        if appeal.registry_entered_on is not None:
            raise Conflict("appeal.entered", f"Entered before, on {appeal.registry_entered_on}.")
        if appeal.reported_on is None:
            raise RuleViolation("appeal.not_reported", "The council has sent no data of it yet.")
        check_day(body.completed_on, "/completed_on", appeal.reported_on, context.today)
        appeal.registry_entered_on = body.completed_on
        event = ProcedureEvent.APPEAL_ENTERED_IN_REGISTRY
        await record_procedure_event(context, step.application, event, body.completed_on, appeal_id)
    return appeal
