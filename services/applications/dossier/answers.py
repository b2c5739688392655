"""An application as the API answers with it."""

from datetime import date

from pydantic import BaseModel

from services.applications.appeals.schemas import AppealAnswer
from services.applications.application.schemas import Centre
from services.applications.application.status import ACTS_NEXT, TRANSITIONS, Status
from services.applications.decision import schemas as decision_schemas
from services.applications.documents import schemas as documents_schemas
from services.applications.dossier import queries, schemas
from services.applications.examination import schemas as examination_schemas
from services.applications.limits.answers import build_limit_answer
from services.applications.review import schemas as review_schemas
from services.applications.settings import ApplicationsSettings


def build_application_answer(
    dossier: queries.Dossier, settings: ApplicationsSettings, today: date, *, with_identity: bool
) -> schemas.ApplicationAnswer:
    """The answer that shows a whole application.

    `with_identity` opens the sealed identity document; otherwise it is None.
    """
    application = dossier.application
    status = Status(application.status)
    sealed_identity = application.identity_document if with_identity else None
    parts = {
        name: getattr(dossier, name)
        for name in (
            *("review", "appointment", "examination", "decision", "certificate", "delivery"),
        )
    }
    return schemas.ApplicationAnswer.model_validate(
        {
            **{name: getattr(application, name) for name in _COPIED_COLUMNS},
            **{
                name: value and _PART_ANSWERS[name].model_validate(value)
                for name, value in parts.items()
            },
            "status": status,
            "acts_next": ACTS_NEXT.get(status),
            "allowed_commands": sorted(TRANSITIONS.allowed_commands(status)),
            "qualification": schemas.QualificationSummary.model_validate(
                dossier.qualification_version.qualification
            ),
            "applicant": schemas.ApplicantAnswer.model_validate(application),
            "identity_document": sealed_identity and settings.keyring.decrypt(sealed_identity),
            "centre": Centre.model_construct(
                number=application.centre_number, name=application.centre_name
            ),
            "consent_withdrawn_at": dossier.consent and dossier.consent.withdrawn_at,
            "documents": [
                documents_schemas.DocumentAnswer.model_validate(record)
                for record in dossier.documents
            ],
            "check": dossier.check_documents(),
            "limits": [build_limit_answer(record, today) for record in dossier.limits],
            "appeals": [AppealAnswer.model_validate(record) for record in dossier.appeals],
        }
    )


_COPIED_COLUMNS = (
    *("id", "revision", "submitted_at", "received_on", "notify_by", "postal_address", "payer"),
    *("representative", "recertifies", "previous_id", "reviewer", "admitted_on", "closed_on"),
    *("kept_until", "erased_on"),
)
_PART_ANSWERS: dict[str, type[BaseModel]] = {
    "review": review_schemas.ReviewAnswer,
    "appointment": examination_schemas.AppointmentAnswer,
    "examination": examination_schemas.ExaminationAnswer,
    "decision": decision_schemas.DecisionAnswer,
    "certificate": decision_schemas.CertificateAnswer,
    "delivery": decision_schemas.DeliveryAnswer,
}
