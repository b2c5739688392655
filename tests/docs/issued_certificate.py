"""A certificate for the pages that begin with one."""

from datetime import datetime

from deploy.local import story
from deploy.local.calls import Json, Services
from deploy.local.settings import LocalSettings


def issue_certificate(services: Services, qualification_id: str) -> Json:
    """The certificate of somebody who has applied and passed, issued today."""
    today = datetime.now(LocalSettings().time_zone).date()
    application_id = story.submit_application(services, qualification_id, "Анна", "Белова")["id"]
    for kind in ("education_secondary_general", "training_office_vocational"):
        story.attach_document(services, application_id, kind)
    story.begin_review(services, application_id)
    story.admit_applicant(services, application_id)
    story.examine_candidate(services, application_id, today, practice="passed")
    story.record_decision(services, application_id, today, "certify")
    certificate: Json = story.wait_until_certified(services, application_id)["certificate"]
    return certificate
