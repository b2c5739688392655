"""An application as the API answers with it."""

from datetime import date
from typing import TypeVar

from services.applications.appeals.schemas import AppealAnswer
from services.applications.application.models import Application
from services.applications.application.schemas import Centre, RowAnswer
from services.applications.application.status import ACTS_NEXT, TRANSITIONS
from services.applications.decision.schemas import CertificateAnswer, DecisionAnswer, DeliveryAnswer
from services.applications.documents.schemas import DocumentAnswer
from services.applications.dossier.queries import Dossier
from services.applications.dossier.schemas import (
    ApplicantAnswer,
    ApplicationAnswer,
    QualificationSummary,
)
from services.applications.examination.schemas import AppointmentAnswer, ExaminationAnswer
from services.applications.intake.identity_document import IdentityDocument
from services.applications.limits.answers import build_limit_answer
from services.applications.review.schemas import ReviewAnswer
from services.applications.settings import ApplicationsSettings
from shared.encryption import Keyring

AnswerT = TypeVar("AnswerT", bound=RowAnswer)


def build_application_answer(
    dossier: Dossier, settings: ApplicationsSettings, today: date, *, with_identity: bool
) -> ApplicationAnswer:
    """The answer that shows a whole application.

    `with_identity` opens the sealed identity document; otherwise it is None.
    """
    application = dossier.application
    qualification = dossier.qualification_version.qualification
    return ApplicationAnswer(
        id=application.id,
        number=application.number,
        status=application.status,
        acts_next=ACTS_NEXT.get(application.status),
        allowed_commands=sorted(TRANSITIONS.allowed_commands(application.status)),
        revision=application.revision,
        submitted_at=application.submitted_at,
        received_on=application.received_on,
        qualification=QualificationSummary.model_validate(qualification),
        applicant=ApplicantAnswer.model_validate(application),
        identity_document=_open_identity(application, settings.keyring) if with_identity else None,
        centre=build_centre(application),
        notify_by=application.notify_by,
        language=application.language,
        postal_address=application.postal_address,
        payer=application.payer,
        representative=application.representative,
        recertifies=application.recertifies,
        previous_id=application.previous_id,
        consent_withdrawn_at=dossier.consent.withdrawn_at if dossier.consent else None,
        documents=[DocumentAnswer.model_validate(document) for document in dossier.documents],
        check=dossier.check_documents(),
        reviewer=application.reviewer,
        review=_answer_row(ReviewAnswer, dossier.review),
        admitted_on=application.admitted_on,
        appointment=_answer_row(AppointmentAnswer, dossier.appointment),
        examination=_answer_row(ExaminationAnswer, dossier.examination),
        decision=_answer_row(DecisionAnswer, dossier.decision),
        certificate=_answer_row(CertificateAnswer, dossier.certificate),
        delivery=_answer_row(DeliveryAnswer, dossier.delivery),
        limits=[build_limit_answer(limit, today) for limit in dossier.limits],
        appeals=[AppealAnswer.model_validate(appeal) for appeal in dossier.appeals],
        closed_on=application.closed_on,
        kept_until=application.kept_until,
        erased_on=application.erased_on,
    )


def build_centre(application: Application) -> Centre:
    """The centre that was applied to, as it was written in the form."""
    return Centre.model_construct(number=application.centre_number, name=application.centre_name)


def _answer_row(answer_type: type[AnswerT], row: object | None) -> AnswerT | None:
    return None if row is None else answer_type.model_validate(row)


def _open_identity(application: Application, keyring: Keyring) -> IdentityDocument | None:
    if application.identity_document is None:
        return None
    return IdentityDocument.model_validate(keyring.decrypt(application.identity_document))
