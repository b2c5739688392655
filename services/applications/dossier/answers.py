"""An application as it is shown."""

from datetime import date

from pydantic import BaseModel

from services.applications.appeals.schemas import Appeal
from services.applications.application.schemas import Centre
from services.applications.application.status import ACTS_NEXT, TRANSITIONS, Status
from services.applications.decision import schemas as decision_schemas
from services.applications.documents import schemas as documents_schemas
from services.applications.dossier import queries, schemas
from services.applications.examination import schemas as examination_schemas
from services.applications.limits.answers import limit
from services.applications.review import schemas as review_schemas
from services.applications.settings import ApplicationsSettings


def shown(
    dossier: queries.Dossier, settings: ApplicationsSettings, today: date, *, identity: bool
) -> schemas.Application:
    """All that is known of an application; the identity document opened only where asked for."""
    row = dossier.application
    status = Status(row.status)
    sealed = row.identity_document if identity else None
    found = {
        name: getattr(dossier, name)
        for name in (
            *("review", "appointment", "examination", "decision", "certificate", "delivery"),
        )
    }
    return schemas.Application.model_validate(
        {
            **{name: getattr(row, name) for name in _SAME},
            **{name: value and _VIEWS[name].model_validate(value) for name, value in found.items()},
            "status": status,
            "acts_next": ACTS_NEXT.get(status),
            "possible": sorted(TRANSITIONS.allowed(status)),
            "qualification": schemas.QualificationSummary.model_validate(
                dossier.published.qualification
            ),
            "applicant": schemas.ApplicantShown.model_validate(row),
            "identity_document": sealed and settings.keyring.decrypt(sealed),
            "centre": Centre.model_construct(number=row.centre_number, name=row.centre_name),
            "consent_withdrawn_at": dossier.consent and dossier.consent.withdrawn_at,
            "documents": [
                documents_schemas.Document.model_validate(one) for one in dossier.documents
            ],
            "check": dossier.check(),
            "limits": [limit(one, today) for one in dossier.limits],
            "appeals": [Appeal.model_validate(one) for one in dossier.appeals],
        }
    )


_SAME = (
    *("id", "revision", "submitted_at", "received_on", "notify_by", "postal_address", "payer"),
    *("representative", "recertifies", "previous_id", "reviewer", "admitted_on", "closed_on"),
    *("kept_until", "erased_on"),
)
_VIEWS: dict[str, type[BaseModel]] = {
    "review": review_schemas.Review,
    "appointment": examination_schemas.Appointment,
    "examination": examination_schemas.Examination,
    "decision": decision_schemas.Decision,
    "certificate": decision_schemas.Certificate,
    "delivery": decision_schemas.Delivery,
}
