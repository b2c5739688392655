"""An application as it is shown."""

from datetime import date

from pydantic import BaseModel

from services.applications import models
from services.applications.lifecycle.limits import LimitState, state
from services.applications.lifecycle.status import ACTS_NEXT, TRANSITIONS, Status
from services.applications.queries import dossiers
from services.applications.schemas import answers
from services.applications.schemas.appeals import Appeal
from services.applications.schemas.form import Centre
from services.applications.settings import ApplicationsSettings


def shown(
    dossier: dossiers.Dossier, settings: ApplicationsSettings, today: date, *, identity: bool
) -> answers.Application:
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
    return answers.Application.model_validate(
        {
            **{name: getattr(row, name) for name in _SAME},
            **{name: value and _VIEWS[name].model_validate(value) for name, value in found.items()},
            "status": status,
            "acts_next": ACTS_NEXT.get(status),
            "possible": sorted(TRANSITIONS.allowed(status)),
            "qualification": answers.QualificationSummary.model_validate(
                dossier.published.qualification
            ),
            "applicant": answers.ApplicantShown.model_validate(row),
            "identity_document": sealed and settings.keyring.decrypt(sealed),
            "centre": Centre.model_construct(number=row.centre_number, name=row.centre_name),
            "consent_withdrawn_at": dossier.consent and dossier.consent.withdrawn_at,
            "documents": [answers.Document.model_validate(one) for one in dossier.documents],
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
    "review": answers.Review,
    "appointment": answers.Appointment,
    "examination": answers.Examination,
    "decision": answers.Decision,
    "certificate": answers.Certificate,
    "delivery": answers.Delivery,
}


def limit(row: models.TimeLimit, today: date) -> answers.TimeLimit:
    """A limit as it stands today."""
    standing = state(row.at_risk_on, row.due_on, today, row.ended_on, cancelled=row.cancelled)
    runs = standing in (LimitState.RUNNING, LimitState.AT_RISK, LimitState.LATE)
    return answers.TimeLimit(
        name=row.name,
        state=standing,
        begun_on=row.begun_on,
        due_on=row.due_on,
        days_left=(row.due_on - today).days if runs else None,
        ended_on=row.ended_on,
        answers=row.answers,
        source=row.source,
        appeal_id=row.appeal_id,
    )
