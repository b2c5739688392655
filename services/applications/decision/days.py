"""From which day a council can have decided, and a document can have been handed over."""

from datetime import date
from uuid import UUID

from services.applications.application.queries import find_latest_day, get_latest
from services.applications.application.rules import check_day
from services.applications.application.status import Command
from services.applications.decision.models import Certificate, Decision
from services.applications.settings import ApplicationsContext

FILE_COMMANDS = (Command.SEND_TO_COUNCIL, Command.REOPEN_DECISION)
"""The steps by which a file comes to the council: from the centre, or back by an appeal."""


async def check_decision_day(
    context: ApplicationsContext, application_id: UUID, decided_on: date, held_on: date
) -> None:
    """The council decides once it has the file, and not before what it decided earlier.

    `held_on` is the last day of the examination. Raises `RuleViolation`.
    """
    session = context.session
    previous_decision = await get_latest(session, Decision, application_id)
    file_came_on = await find_latest_day(session, application_id, FILE_COMMANDS)
    previously_decided_on = None if previous_decision is None else previous_decision.decided_on
    earliest = max(filter(None, (held_on, file_came_on, previously_decided_on)))
    check_day(decided_on, "/decided_on", earliest, context.today)


def compute_first_document_day(decision: Decision, certificate: Certificate | None) -> date:
    """The first day on which there was a document of the decision.

    A certificate is there from its issue; of a statement only the decision's day is known here.
    """
    if certificate is None or certificate.decision_ordinal != decision.ordinal:
        return decision.decided_on
    return max(decision.decided_on, certificate.issued_on)
