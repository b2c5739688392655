"""The story that the demo tells, as calls of the services' public API: one function per scene.

Only real HTTP: what one service learns of another comes by event, so the story waits for it on a
condition with a deadline.
"""

from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from uuid import uuid4

import httpx

from deploy.local.calls import Json, Services, StoryFailed, ask, good, send, wait_for

CENTRE = {"number": "78.041", "name": "ЦОК «Северо-Запад»"}
CONSENT = {"text_version": "2025-09-01", "given": True}


def published_qualifications(services: Services) -> list[Json]:
    """All published qualifications, by level."""
    page = ask(services.catalog, "GET", "/v1/qualifications?limit=200")
    found: list[Json] = page["items"]
    return sorted(found, key=lambda item: (item["level"], item["name"]))


def apply(services: Services, qualification_id: str, given_name: str, family_name: str) -> Json:
    """An application; waits until intake has heard of the qualification.

    The Idempotency-Key makes retries safe: however often it is sent, there is one application.
    """
    body = {
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
    }
    headers = {"Idempotency-Key": str(uuid4())}

    def attempt() -> Json | None:
        answer = send(services.applications, "POST", "/v1/applications", json=body, headers=headers)
        if answer.is_error and answer.json()["rule"] == "application.qualification_unknown":
            return None  # intake has not heard of the qualification yet
        return good(answer)

    return wait_for(attempt, "intake to know the published qualification")


def attach(services: Services, application_id: str, kind: str, **facts: object) -> Json:
    """Attaches a document of this kind; `facts` such as months and field of experience."""
    return ask(
        services.applications,
        "POST",
        f"/v1/applications/{application_id}/documents",
        data={"kind": kind, **{name: str(value) for name, value in facts.items()}},
        files={
            "file": (f"{kind}.pdf", b"%PDF-1.7 a scan, for the demonstration", "application/pdf")
        },
    )


def missing(services: Services, application_id: str) -> list[str]:
    """What the automatic check says is still to be brought, in words."""
    found: list[str] = application(services, application_id)["check"]["to_bring"]
    return found


def application(services: Services, application_id: str) -> Json:
    """The application as it stands."""
    return ask(services.applications, "GET", f"/v1/applications/{application_id}")


def refused_admission(services: Services, application_id: str) -> Json:
    """The problem document with which an incomplete application is not admitted."""
    take_review(services, application_id)
    answer = send(
        services.applications,
        "POST",
        f"/v1/applications/{application_id}/review",
        json={"outcome": "admit", "reviewer": "И. Котова"},
    )
    if answer.status_code < httpx.codes.BAD_REQUEST:
        raise StoryFailed("an incomplete application was admitted")
    problem: Json = answer.json()
    return problem


def give_back(services: Services, application_id: str, kind: str) -> Json:
    """The review's other outcome: the applicant is told what to bring."""
    remark = {"field": f"/documents/{kind}", "text": "Приложите документ"}
    return _command(
        services,
        application_id,
        "review",
        outcome="return",
        reviewer="И. Котова",
        remarks=[remark],
    )


def resubmit(services: Services, application_id: str) -> Json:
    """The applicant has brought it."""
    return _command(services, application_id, "resubmission")


def take_review(services: Services, application_id: str) -> Json:
    """Somebody of the centre begins the review."""
    return _command(services, application_id, "review-start", reviewer="И. Котова")


def admit(services: Services, application_id: str) -> Json:
    """The centre's review: the applicant becomes a candidate."""
    if application(services, application_id)["status"] == "submitted":
        take_review(services, application_id)
    return _command(services, application_id, "review", outcome="admit", reviewer="И. Котова")


def examine(services: Services, application_id: str, today: date, practice: str) -> Json:
    """Appointment, examination and the way to the council; theory passed, practice as given.

    `practice` is `passed` or `failed`: the points are above or below what is needed.
    """
    tomorrow = datetime.combine(today + timedelta(days=1), time_of_day(9), UTC)
    _command(
        services,
        application_id,
        "appointment",
        place="Санкт-Петербург, ул. Галерная, д. 3",
        starts_at=tomorrow.isoformat(),
        agreed_on=today.isoformat(),
        agreed_with=["applicant"],
    )
    points = {"passed": 85, "failed": 40}[practice]
    _command(
        services,
        application_id,
        "examination",
        theory=_part(today, "Верные ответы", 90, 70),
        practice=_part(today, "Обращение обработано", points, 60),
        protocol_number=f"Э-{application_id[:8]}",
        commission=[
            {"name": "А. Громова", "own_staff": True},
            {"name": "С. Титов", "own_staff": True},
        ],
    )
    return _command(services, application_id, "dispatch", sent_on=today.isoformat())


def _part(today: date, criterion: str, points: float, needed: float) -> Json:
    score = {"criterion": criterion, "points": points, "needed": needed}
    return {"held_on": today.isoformat(), "scores": [score]}


def hand_over(services: Services, application_id: str, today: date) -> Json:
    """The person has the certificate or the statement."""
    return _command(
        services,
        application_id,
        "delivery",
        handed_over_on=today.isoformat(),
        by="in_person",
    )


def decide(services: Services, application_id: str, today: date, outcome: str) -> Json:
    """The council's decision: `certify` or `refuse`."""
    return _command(
        services,
        application_id,
        "decision",
        outcome=outcome,
        decided_on=today.isoformat(),
        protocol_number=f"С-{application_id[:8]}",
        members=["Л. Орлова", "П. Сомов"],
    )


def certified(services: Services, application_id: str) -> Json:
    """The application once the certificate's event has come back to it."""

    def probe() -> Json | None:
        found = application(services, application_id)
        return found if found["status"] == "certified" else None

    return wait_for(probe, "the certificate to be issued and intake to hear of it")


def verify(services: Services, number: str, issued_on: str) -> Json:
    """What an employer is told about a certificate."""
    return ask(
        services.certificates,
        "GET",
        "/v1/verification",
        params={"number": number, "issued_on": issued_on},
    )


def certificates_of(services: Services, application_id: str) -> list[Json]:
    """All certificates issued for an application: one, or something is very wrong."""
    page = ask(
        services.certificates, "GET", "/v1/certificates", params={"application_id": application_id}
    )
    found: list[Json] = page["items"]
    return found


def notices(services: Services, certificate_id: str, kind: str) -> list[Json]:
    """The ledger's notices of this kind, once there is one."""

    def probe() -> list[Json] | None:
        page = ask(
            services.certificates, "GET", "/v1/notices", params={"certificate_id": certificate_id}
        )
        return [item for item in page["items"] if item["kind"] == kind] or None

    return wait_for(probe, f"the scheduler's notice '{kind}'")


def days_ago(today: date, days: int) -> str:
    """A past date as the API writes it."""
    return (today - timedelta(days=days)).isoformat()


def _command(services: Services, application_id: str, name: str, **body: object) -> Json:
    """A command, sent again when its answer was lost: then a refusal may mean that it was done."""
    path = f"/v1/applications/{application_id}/{name}"
    before = application(services, application_id)["revision"]
    headers = {"If-Match": f'"{before}"'}
    answer = send(services.applications, "POST", path, json=body, headers=headers)
    if answer.status_code == httpx.codes.PRECONDITION_FAILED:
        return application(services, application_id)
    return good(answer)
