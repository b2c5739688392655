"""The scenes of the demo, in their order: the life of a certificate, told on the terminal.

Real HTTP and real events. The one write that goes past the services is marked: certificates are
dated back, because nobody can wait three years for one to expire.
"""

from datetime import date, timedelta

from rich.markup import escape
from rich.table import Table

from deploy.local import candidates, registry, story
from deploy.local.backdating import DatabaseAddress, backdate_certificate
from deploy.local.calls import Json, Services, StoryFailed
from deploy.local.settings import LocalSettings
from deploy.local.terminal import console

DAYS_TO_EXPIRY = 20


def play_story(services: Services, database_url: DatabaseAddress, mailbox: str) -> None:
    """Plays all scenes in order. Raises `StoryFailed`."""
    today = LocalSettings().civil_today()
    _print_scene("The council's qualifications")
    _show_qualifications(story.list_qualifications(services))
    operator_id = candidates.find_operator_qualification(services)

    _print_scene("An operator of a contact centre applies, and lacks a document")
    application = _complete_application(services, operator_id)
    _print_scene("Examination, decision, certificate")
    certificate = _certify_candidate(services, application, today)
    verdict = story.verify_certificate(services, certificate["number"], certificate["issued_on"])
    _check_equal(verdict["verdict"], "valid", "verification of the new certificate")
    _print_line(f"An employer verifies it: [bold green]{verdict['verdict']}[/]")

    _print_scene("The registry reads")
    _read_and_acknowledge(services, application["id"], today)

    _print_scene("Another candidate fails")
    refused_application = _fail_candidate(services, operator_id, today)

    _print_scene("Time passes")
    expiring_certificate = _show_renewal_due(services, operator_id, today, database_url)
    _show_letter(mailbox, expiring_certificate["number"])
    expired_certificate = _show_expiry(services, operator_id, today, database_url)

    _print_scene("In short")
    summary = Table("certificate or application", "how it stands", box=None)
    summary.add_row(certificate["number"], "[green]valid[/]")
    summary.add_row(expiring_certificate["number"], "[yellow]valid, renewal due[/]")
    summary.add_row(expired_certificate["number"], "[red]expired[/]")
    summary.add_row(f"application {refused_application['id']}", "not confirmed, no certificate")
    console.print(summary)


def _complete_application(services: Services, qualification_id: str) -> Json:
    application = story.submit_application(services, qualification_id, "Анна", "Белова")
    story.attach_document(services, application["id"], "education_secondary_general")
    problem = story.attempt_admission(services, application["id"])
    _print_line(f"The centre may not admit her: [yellow]{escape(problem['detail'])}[/]")
    for document in story.list_missing_documents(services, application["id"]):
        _print_line(f"  missing: {escape(str(document))}")
    story.return_application(services, application["id"], "training_office_vocational")
    story.attach_document(services, application["id"], "training_office_vocational")
    story.resubmit_application(services, application["id"])
    if missing_documents := story.list_missing_documents(services, application["id"]):
        raise StoryFailed(f"documents are still missing: {missing_documents}")
    _print_line("She brings it; nothing is missing.")
    candidate: Json = story.admit_applicant(services, application["id"])
    return candidate


def _certify_candidate(services: Services, application: Json, today: date) -> Json:
    story.examine_candidate(services, application["id"], today, practice="passed")
    _print_line("Theory and practice passed.")
    certificate = candidates.certify_candidate(services, application["id"], today)
    _print_line("The council decides to certify.")
    _print_line(
        f"Certificate [bold]{certificate['number']}[/], issued {certificate['issued_on']},"
        f" valid through {certificate['ends_on']}."
    )
    return certificate


def _read_and_acknowledge(services: Services, application_id: str, today: date) -> None:
    (certificate,) = story.list_certificates(services, application_id)
    feed_copy = registry.read_feed_until(services, certificate["id"])
    _print_line(
        f"Its copy of the feed has {len(feed_copy.records)} records, up to position"
        f" {feed_copy.position}; the chain of hashes holds."
    )
    application = registry.acknowledge_entry(services, feed_copy, certificate, today.isoformat())
    _print_line(
        f"It has entered the certificate: record {application['delivery']['registry_record']}."
    )


def _fail_candidate(services: Services, qualification_id: str, today: date) -> Json:
    application = _admit_candidate(services, qualification_id, "Олег", "Иванов")
    story.examine_candidate(services, application["id"], today, practice="failed")
    refused_application = story.record_decision(services, application["id"], today, "refuse")
    _check_equal(
        refused_application["status"], "not_confirmed", "the application of the failed candidate"
    )
    _print_line("Practice failed; the council does not confirm the qualification. No certificate.")
    return refused_application


def _show_renewal_due(
    services: Services, qualification_id: str, today: date, database_url: DatabaseAddress
) -> Json:
    application = _admit_candidate(services, qualification_id, "Мария", "Ким")
    certificate = _certify_candidate(services, application, today)
    last_day = today + timedelta(days=DAYS_TO_EXPIRY)
    issued_on = backdate_certificate(database_url, certificate["certificate_id"], last_day)
    _print_line(f"[dim]dated back in the database: it ends on {last_day}[/]")
    notices = story.wait_for_notices(services, certificate["certificate_id"], "renewal_due")
    published_thresholds = [
        notice["threshold_days"] for notice in notices if notice["reason"] is None
    ]
    _check_equal(len(published_thresholds), 1, "notices of renewal that are published")
    days = ", ".join(str(notice["threshold_days"]) for notice in notices if notice["reason"])
    _print_line(
        f"The scheduler flags it for renewal: {published_thresholds[0]} days (overtaken: {days})."
    )
    verdict = story.verify_certificate(services, certificate["number"], issued_on)
    _check_equal(verdict["verdict"], "expiring", "verification of the certificate that ends soon")
    return certificate


def _show_letter(mailbox: str, number: str) -> None:
    letter = story.wait_for_letter(mailbox, number)
    _print_line(f"The holder is told by e-mail, at {mailbox}/letters/{letter['number']}:")
    _print_line(f"  [bold]{escape(letter['subject'])}[/]")
    for line in letter["text"].split("\n\n-- ")[0].splitlines():
        _print_line(f"  [dim]{escape(line)}[/]")


def _show_expiry(
    services: Services, qualification_id: str, today: date, database_url: DatabaseAddress
) -> Json:
    application = _admit_candidate(
        services, qualification_id, "Пётр", "Соколов-Микитов", notify_by="post"
    )
    certificate = _certify_candidate(services, application, today)
    issued_on = backdate_certificate(
        database_url, certificate["certificate_id"], today - timedelta(days=1)
    )
    _print_line("[dim]dated back in the database: it ended yesterday[/]")
    verdict = story.verify_certificate(services, certificate["number"], issued_on)
    _check_equal(verdict["verdict"], "expired", "verification of the certificate that ended")
    _print_line(f"An employer verifies it: [bold red]{verdict['verdict']}[/]")
    story.wait_for_notices(services, certificate["certificate_id"], "expired")
    _print_line("The scheduler has told that it expired.")
    letter = story.wait_for_post(services, certificate["number"])
    _check_equal(letter["state"], "planned", "the letter by post, before it is printed")
    page = services.applications.base_url.join("/ru/letters")
    _print_line(f"The holder chose the post: the centre prints the letter at {page}.")
    return certificate


def _admit_candidate(
    services: Services,
    qualification_id: str,
    given_name: str,
    family_name: str,
    notify_by: str | None = None,
) -> Json:
    application = candidates.admit_candidate(
        services, qualification_id, given_name, family_name, notify_by
    )
    _print_line(f"{given_name} {family_name} applies with all documents and is admitted.")
    return application


def _show_qualifications(qualifications: list[Json]) -> None:
    table = Table("level", "number", "qualification", "term", box=None)
    for qualification in qualifications:
        table.add_row(
            str(qualification["level"]),
            qualification["registry_number"],
            qualification["name"],
            qualification["validity_term"],
        )
    console.print(table)


def _print_scene(title: str) -> None:
    console.rule(f"[bold]{title}[/]", align="left")


def _print_line(line: str) -> None:
    console.print(f"  {line}")


def _check_equal(actual_value: object, expected_value: object, subject: str) -> None:
    if actual_value != expected_value:
        raise StoryFailed(f"{subject}: expected {expected_value!r}, found {actual_value!r}")
