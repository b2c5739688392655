"""The events of the council's decision."""

from services.applications.application.models import Application
from services.applications.decision.models import Decision
from services.applications.examination.models import Examination
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.events.catalog import QualificationPublished


def _event_fields(
    application: Application, published: QualificationPublished, decision: Decision
) -> dict[str, object]:
    return {
        "application_id": application.id,
        "holder": {
            "family_name": application.family_name,
            "given_name": application.given_name,
            "patronymic": application.patronymic,
        },
        "qualification": published.qualification.model_dump(),
        "centre": {"number": application.centre_number, "name": application.centre_name},
        "decided_on": decision.decided_on,
        "decision_protocol": decision.protocol_number,
    }


def approved(
    application: Application, published: QualificationPublished, decision: Decision
) -> ApplicationApproved:
    """The event of a candidate whom the council certifies."""
    recertified = application.recertifies
    return ApplicationApproved.model_validate(
        {
            **_event_fields(application, published, decision),
            "recertifies": recertified and recertified["number"],
        }
    )


def not_confirmed(
    application: Application,
    published: QualificationPublished,
    examination: Examination,
    decision: Decision,
) -> ApplicationNotConfirmed:
    """The event of a candidate whom the council does not certify."""
    return ApplicationNotConfirmed.model_validate(
        {
            **_event_fields(application, published, decision),
            "statement_number": decision.statement_number,
            "examined_from": examination.began_on,
            "examined_to": examination.held_on,
            "recommendation": decision.recommendation,
        }
    )
