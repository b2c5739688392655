"""The events of the council's decision."""

from services.applications.application.models import Application
from services.applications.decision.models import Decision
from services.applications.examination.models import Examination
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.events.catalog import QualificationPublished


def _event_fields(
    application: Application, version: QualificationPublished, decision: Decision
) -> dict[str, object]:
    """What both events say: the holder, the qualification, the centre, the decision."""
    return {
        "application_id": application.id,
        "holder": {
            "family_name": application.family_name,
            "given_name": application.given_name,
            "patronymic": application.patronymic,
        },
        "qualification": version.qualification.model_dump(),
        "centre": {"number": application.centre_number, "name": application.centre_name},
        "decided_on": decision.decided_on,
        "decision_protocol": decision.protocol_number,
        "decision_ordinal": decision.ordinal,
    }


def build_approved_event(
    application: Application,
    version: QualificationPublished,
    decision: Decision,
    *,
    same_holder: bool | None,
) -> ApplicationApproved:
    """The event of a candidate whom the council certifies.

    `same_holder` is what the council says of the certificate that the application follows: another
    person's is followed by none.
    """
    follows = application.recertifies is not None and same_holder is not False
    return ApplicationApproved.model_validate(
        {
            **_event_fields(application, version, decision),
            "recertifies": application.recertifies.number
            if follows and application.recertifies
            else None,
            "same_holder_confirmed": follows and same_holder is True,
        }
    )


def build_not_confirmed_event(
    application: Application,
    version: QualificationPublished,
    examination: Examination,
    decision: Decision,
) -> ApplicationNotConfirmed:
    """The event of a candidate whom the council does not certify."""
    return ApplicationNotConfirmed.model_validate(
        {
            **_event_fields(application, version, decision),
            "statement_number": decision.statement_number,
            "statement_version": decision.statement_version,
            "examined_from": examination.began_on,
            "examined_to": examination.held_on,
            "recommendation": decision.recommendation,
        }
    )
