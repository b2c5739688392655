"""The road of one candidate, in the steps of the story: from the application to the certificate."""

from datetime import date

from deploy.local import story
from deploy.local.calls import Json, Services, StoryFailed
from deploy.local.settings import LocalSettings

OPERATOR_LEVEL = 3
DOCUMENTS = ("education_secondary_general", "training_office_retraining")
"""The kinds that an operator of a contact centre brings, to lack none."""


def find_operator_qualification(services: Services) -> str:
    """The id of the qualification of a contact centre's operator."""
    qualifications = story.list_qualifications(services)
    return next(str(item["id"]) for item in qualifications if item["level"] == OPERATOR_LEVEL)


def admit_candidate(
    services: Services,
    qualification_id: str,
    given_name: str = "Анна",
    family_name: str = "Белова",
    notify_by: str | None = None,
) -> Json:
    """The application of somebody who has brought all documents and is admitted.

    `notify_by` is the channel that the applicant chooses, as `post`. Raises `StoryFailed`.
    """
    application = story.submit_application(
        services, qualification_id, given_name, family_name, notify_by
    )
    for kind in DOCUMENTS:
        story.attach_document(services, application["id"], kind)
    return story.admit_applicant(services, application["id"])


def certify_candidate(services: Services, application_id: str, today: date) -> Json:
    """The only certificate of an examined candidate, once the council has decided so.

    Raises `StoryFailed`, also if the decision has made more than one.
    """
    story.record_decision(services, application_id, today, "certify")
    certificate: Json = story.wait_until_certified(services, application_id)["certificate"]
    numbers = [item["number"] for item in story.list_certificates(services, application_id)]
    if numbers != [certificate["number"]]:
        raise StoryFailed(f"one decision, one certificate {certificate['number']}: {numbers}")
    return certificate


def lead_to_certificate(services: Services, qualification_id: str) -> tuple[str, Json]:
    """The whole road of somebody who passes today: the application's id, and the certificate.

    Raises `StoryFailed`.
    """
    today = LocalSettings().civil_today()
    application_id = str(admit_candidate(services, qualification_id)["id"])
    story.examine_candidate(services, application_id, today, practice="passed")
    return application_id, certify_candidate(services, application_id, today)
