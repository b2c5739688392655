"""The scenes of the demo as calls of the services' public API: one function per step.

Only real HTTP: what one service learns of another comes by event, so the demo waits for it on a
condition with a deadline.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx

from deploy.local.calls import (
    Json,
    Services,
    StoryFailed,
    call,
    send_until_answered,
    successful_body,
    wait_for,
)

CENTRE = {"number": "78.041", "name": "ЦОК «Северо-Запад»"}
_NEXT_MOMENT = timedelta(seconds=2)
CONSENT = {"text_version": "2025-09-01", "given": True}


def list_qualifications(services: Services) -> list[Json]:
    """All published qualifications, ordered by level and name."""
    qualifications = call(services.catalog, "GET", "/v1/qualifications?limit=200")["items"]
    return sorted(qualifications, key=lambda item: (item["level"], item["name"]))


def submit_application(
    services: Services,
    qualification_id: str,
    given_name: str,
    family_name: str,
    notify_by: str | None = None,
) -> Json:
    """Submits an application, as soon as intake knows the qualification.

    `notify_by` is the channel that the applicant chooses, as `post`. The Idempotency-Key makes
    retries safe: however often it is sent, there is one application.
    Raises `StoryFailed`.
    """
    body = _build_form(qualification_id, given_name, family_name, notify_by)
    headers = {"Idempotency-Key": str(uuid4())}

    def send_application() -> Json | None:
        response = send_until_answered(
            services.applications, "POST", "/v1/applications", json=body, headers=headers
        )
        if response.is_error and response.json()["rule"] == "application.qualification_unknown":
            return None  # intake has not heard of the qualification yet
        return successful_body(response)

    return wait_for(send_application, "intake to know the published qualification")


def _build_form(
    qualification_id: str, given_name: str, family_name: str, notify_by: str | None
) -> Json:
    return {
        "qualification_id": qualification_id,
        "applicant": {
            "family_name": family_name,
            "given_name": given_name,
            "birth_date": "1994-06-17",
            "email": "applicant@example.org",
            "address": "190000, Санкт-Петербург, ул. Галерная, д. 1",
        },
        "identity_document": {
            "type": "passport_rf",
            "series": "4012",
            "number": "345678",
            "issued_by": "ТП № 1 Адмиралтейского района",
            "issued_on": "2014-07-01",
        },
        "rules_read": True,
        "centre": CENTRE,
        "consent": CONSENT,
        "notify_by": notify_by,
    }


def attach_document(
    services: Services, application_id: str, kind: str, **document_fields: object
) -> Json:
    """Attaches a document of this kind, once; `document_fields` such as months of experience."""
    return call(
        services.applications,
        "POST",
        f"/v1/applications/{application_id}/documents",
        data={"kind": kind, **{name: str(value) for name, value in document_fields.items()}},
        files={
            "file": (f"{kind}.pdf", b"%PDF-1.7 a scan, for the demonstration", "application/pdf")
        },
        headers={"Idempotency-Key": str(uuid4())},
    )


def list_missing_documents(services: Services, application_id: str) -> list[str]:
    """The documents that the automatic check still asks for, in words."""
    documents: list[str] = get_application(services, application_id)["check"]["to_bring"]
    return documents


def get_application(services: Services, application_id: str) -> Json:
    """The application's present state."""
    return call(services.applications, "GET", f"/v1/applications/{application_id}")


def attempt_admission(services: Services, application_id: str) -> Json:
    """The problem document that refuses to admit an incomplete application.

    Raises `StoryFailed` if it is admitted.
    """
    begin_review(services, application_id)
    path = f"/v1/applications/{application_id}/review"
    admission = {"outcome": "admit", "reviewer": "И. Котова"}
    response = send_until_answered(services.applications, "POST", path, json=admission)
    if response.status_code < httpx.codes.BAD_REQUEST:
        raise StoryFailed("an incomplete application was admitted")
    problem: Json = response.json()
    return problem


def return_application(services: Services, application_id: str, kind: str) -> Json:
    """Returns the application to the applicant with a remark about a missing document."""
    remark = {"field": f"/documents/{kind}", "text": "Приложите документ"}
    return _send_command(
        services,
        application_id,
        "review",
        outcome="return",
        reviewer="И. Котова",
        remarks=[remark],
    )


def resubmit_application(services: Services, application_id: str) -> Json:
    """Submits the completed application again."""
    return _send_command(services, application_id, "resubmit")


def begin_review(services: Services, application_id: str) -> Json:
    """Begins the centre's review."""
    return _send_command(services, application_id, "begin-review", reviewer="И. Котова")


def admit_applicant(services: Services, application_id: str) -> Json:
    """Admits the applicant as a candidate, after beginning the review if need be."""
    if get_application(services, application_id)["status"] == "submitted":
        begin_review(services, application_id)
    return _send_command(services, application_id, "review", outcome="admit", reviewer="И. Котова")


def examine_candidate(services: Services, application_id: str, today: date, practice: str) -> Json:
    """Records appointment, examination and dispatch; theory passed, practice as given.

    `practice` is `passed` or `failed`: the points are above or below the passing score.
    """
    _appoint_examination(services, application_id, today)
    points = {"passed": 85, "failed": 40}[practice]
    _send_command(
        services,
        application_id,
        "record-examination",
        theory=_examination_part(today, "Верные ответы", 90, 70),
        practice=_examination_part(today, "Обращение обработано", points, 60),
        protocol_number=f"Э-{application_id[:8]}",
        commission=[
            {"name": "А. Громова", "own_staff": True},
            {"name": "С. Титов", "own_staff": True},
        ],
    )
    return _send_command(services, application_id, "send-to-council", sent_on=today.isoformat())


def _appoint_examination(services: Services, application_id: str, today: date) -> None:
    """Appoints the examination for a moment from now, and waits for it: none is held before."""
    agreement = {
        "place": "Санкт-Петербург, ул. Галерная, д. 3",
        "agreed_on": today.isoformat(),
        "agreed_with": ["applicant"],
    }

    def send_appointment() -> Json | None:
        starts_at = datetime.now(UTC) + _NEXT_MOMENT
        body = {**agreement, "starts_at": starts_at.isoformat()}
        response = _post_command(services, application_id, "schedule", body)
        if response.is_error and response.json()["rule"] == "appointment.past":
            return None
        return _read_application(services, application_id, response)

    application = wait_for(send_appointment, "an appointment that lies ahead when it is made")
    starts_at = datetime.fromisoformat(application["appointment"]["starts_at"])
    wait_for(lambda: datetime.now(UTC) > starts_at or None, "the examination to begin")


def _examination_part(today: date, criterion: str, points: float, passing_points: float) -> Json:
    score = {"criterion": criterion, "points": points, "required_points": passing_points}
    return {"held_on": today.isoformat(), "scores": [score]}


def record_decision(services: Services, application_id: str, today: date, outcome: str) -> Json:
    """Records the council's decision: `certify` or `refuse`."""
    return _send_command(
        services,
        application_id,
        "decide",
        outcome=outcome,
        decided_on=today.isoformat(),
        protocol_number=f"С-{application_id[:8]}",
        members=["Л. Орлова", "П. Сомов"],
    )


def wait_until_certified(services: Services, application_id: str) -> Json:
    """The application, once the certificate's event has come back to it. Raises `StoryFailed`."""

    def find_certified_application() -> Json | None:
        case = get_application(services, application_id)
        return case if case["status"] == "certified" else None

    return wait_for(
        find_certified_application, "the certificate to be issued and intake to hear of it"
    )


def verify_certificate(services: Services, number: str, issued_on: str) -> Json:
    """The verification answer that an employer gets about a certificate."""
    return call(
        services.certificates,
        "GET",
        "/v1/verification",
        params={"number": number, "issued_on": issued_on},
    )


def list_certificates(services: Services, application_id: str) -> list[Json]:
    """All certificates issued for an application; there must be one at most."""
    query = {"application_id": application_id}
    page = call(services.certificates, "GET", "/v1/certificates", params=query)
    certificates: list[Json] = page["items"]
    return certificates


def wait_for_notices(services: Services, certificate_id: str, kind: str) -> list[Json]:
    """The ledger's notices of this kind, once there is one. Raises `StoryFailed`."""

    def find_notices() -> list[Json] | None:
        page = call(
            services.certificates, "GET", "/v1/notices", params={"certificate_id": certificate_id}
        )
        return [item for item in page["items"] if item["kind"] == kind] or None

    return wait_for(find_notices, f"the scheduler's notice '{kind}'")


def wait_for_letter(mailbox: str, number: str) -> Json:
    """The newest letter in the mailbox about this certificate. Raises `StoryFailed`."""

    def find_letter() -> Json | None:
        letters: list[Json] = httpx.get(f"{mailbox}/letters", timeout=5, trust_env=False).json()
        return next((letter for letter in letters if number in letter["text"]), None)

    return wait_for(find_letter, f"the letter about certificate {number}")


def wait_for_post(services: Services, number: str) -> Json:
    """The letter about this certificate that its centre is to print. Raises `StoryFailed`."""

    def find_letter() -> Json | None:
        page = call(services.applications, "GET", "/v1/letters", params={"number": number})
        return next((letter for letter in page["items"] if letter["channel"] == "post"), None)

    return wait_for(find_letter, f"the letter by post about certificate {number}")


def _send_command(services: Services, application_id: str, name: str, **body: object) -> Json:
    """Sends a command under `If-Match`; repeats it when its answer was lost."""
    response = _post_command(services, application_id, name, body)
    return _read_application(services, application_id, response)


def _post_command(services: Services, application_id: str, name: str, body: Json) -> httpx.Response:
    path = f"/v1/applications/{application_id}/{name}"
    revision = get_application(services, application_id)["revision"]
    headers = {"If-Match": f'"{revision}"'}
    return send_until_answered(services.applications, "POST", path, json=body, headers=headers)


def _read_application(services: Services, application_id: str, response: httpx.Response) -> Json:
    """The application after a command; one that was refused as stale has been carried out."""
    if response.status_code == httpx.codes.PRECONDITION_FAILED:
        return get_application(services, application_id)
    return successful_body(response)
