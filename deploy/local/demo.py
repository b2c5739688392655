"""The life of a certificate, told on a running or a fresh stack: `python -m deploy.local.demo`.

Real HTTP and real events. The one write that goes past the services is marked: certificates are
dated back, because nobody can wait three years for one to expire.
"""

import sys
from datetime import date, timedelta

from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from deploy.local import registry, story
from deploy.local.backdating import date_back
from deploy.local.calls import Json, Services, StoryFailed, services_at
from deploy.local.commands import console, step
from deploy.local.errors import StackError
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack
from shared.clock import SystemClock, civil_date
from shared.settings import Settings

OPERATOR_LEVEL = 3
CLOSE_TO_ITS_END_DAYS = 20


def main() -> int:
    """Tells the story; exit status 0 when every scene went as it should."""
    settings = LocalSettings()
    stack = Stack.running(settings)
    fresh = stack is None
    try:
        if stack is None:
            stack = Stack(settings)
            stack.start(step)
        with services_at(stack.base_url, stack.token()) as services:
            tell(services, stack.database_url("certificates"))
    except (StackError, StoryFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if fresh and stack is not None:
            with step("Stopping the stack that the demo started"):
                stack.stop()
    return 0


def tell(services: Services, certificates_database: str) -> None:
    """All scenes in order. Raises `StoryFailed`."""
    today = _today()
    _scene("The council's qualifications")
    qualifications = story.published_qualifications(services)
    _show_qualifications(qualifications)
    operator = next(q["id"] for q in qualifications if q["level"] == OPERATOR_LEVEL)

    _scene("An operator of a contact centre applies, and lacks a document")
    application = _completed_application(services, operator)
    _scene("Examination, decision, certificate")
    certificate = _certify(services, application, today)
    verdict = story.verify(services, certificate["number"], certificate["issued_on"])
    _expect(verdict["verdict"], "valid", "verification of the new certificate")
    _say(f"An employer verifies it: [bold green]{verdict['verdict']}[/]")

    _scene("The registry reads")
    _enter(services, application["id"], today)

    _scene("Another candidate fails")
    failed = _fail(services, operator, today)

    _scene("Time passes")
    due = _near_its_end(services, operator, today, certificates_database)
    expired = _past_its_end(services, operator, today, certificates_database)

    _scene("In short")
    summary = Table("certificate or application", "how it stands", box=None)
    summary.add_row(certificate["number"], "[green]valid[/]")
    summary.add_row(due["number"], "[yellow]valid, renewal due[/]")
    summary.add_row(expired["number"], "[red]expired[/]")
    summary.add_row(f"application {failed['id']}", "not confirmed, no certificate")
    console.print(summary)


def _completed_application(services: Services, qualification_id: str) -> Json:
    application = story.apply(services, qualification_id, "Анна", "Белова")
    story.attach(services, application["id"], "education_secondary_general")
    problem = story.refused_admission(services, application["id"])
    _say(f"The centre may not admit her: [yellow]{escape(problem['detail'])}[/]")
    for words in story.missing(services, application["id"]):
        _say(f"  missing: {escape(str(words))}")
    story.give_back(services, application["id"], "training_office_vocational")
    story.attach(services, application["id"], "training_office_vocational")
    story.resubmit(services, application["id"])
    if left := story.missing(services, application["id"]):
        raise StoryFailed(f"documents are still missing: {left}")
    _say("She brings it; nothing is missing.")
    admitted: Json = story.admit(services, application["id"])
    return admitted


def _certify(services: Services, application: Json, today: date) -> Json:
    story.examine(services, application["id"], today, practice="passed")
    _say("Theory and practice passed.")
    story.decide(services, application["id"], today, "certify")
    _say("The council decides to certify.")
    certified = story.certified(services, application["id"])
    issued = story.certificates_of(services, application["id"])
    _expect(len(issued), 1, "the number of certificates for one approved application")
    certificate: Json = certified["certificate"]
    _say(
        f"Certificate [bold]{certificate['number']}[/], issued {certificate['issued_on']},"
        f" valid through {certificate['valid_until']}."
    )
    return certificate


def _enter(services: Services, application_id: str, today: date) -> None:
    (issued,) = story.certificates_of(services, application_id)
    copy = registry.read_until(services, issued["id"])
    _say(
        f"Its copy of the feed has {len(copy.records)} records, up to position {copy.position};"
        " the chain of hashes holds."
    )
    application = registry.acknowledge(services, copy, issued, today.isoformat())
    _say(f"It has entered the certificate: record {application['delivery']['registry_record']}.")


def _fail(services: Services, qualification_id: str, today: date) -> Json:
    application = _ready_for_examination(services, qualification_id, "Олег", "Иванов")
    story.examine(services, application["id"], today, practice="failed")
    decided = story.decide(services, application["id"], today, "refuse")
    _expect(decided["status"], "not_confirmed", "the application of the failed candidate")
    _say("Practice failed; the council does not confirm the qualification. No certificate.")
    return decided


def _near_its_end(services: Services, qualification_id: str, today: date, database: str) -> Json:
    application = _ready_for_examination(services, qualification_id, "Мария", "Ким")
    certificate = _certify(services, application, today)
    ends = today + timedelta(days=CLOSE_TO_ITS_END_DAYS)
    issued_on = date_back(database, certificate["certificate_id"], ends)
    _say(f"[dim]dated back in the database: it ends on {ends}[/]")
    noticed = story.notices(services, certificate["certificate_id"], "renewal_due")
    days = ", ".join(str(notice["threshold_days"]) for notice in noticed)
    _say(f"The scheduler flags it for renewal (thresholds crossed, in days: {days}).")
    verdict = story.verify(services, certificate["number"], issued_on)
    _expect(verdict["verdict"], "expiring", "verification of the certificate that ends soon")
    return certificate


def _past_its_end(services: Services, qualification_id: str, today: date, database: str) -> Json:
    application = _ready_for_examination(services, qualification_id, "Пётр", "Соколов-Микитов")
    certificate = _certify(services, application, today)
    issued_on = date_back(database, certificate["certificate_id"], today - timedelta(days=1))
    _say("[dim]dated back in the database: it ended yesterday[/]")
    verdict = story.verify(services, certificate["number"], issued_on)
    _expect(verdict["verdict"], "expired", "verification of the certificate that ended")
    _say(f"An employer verifies it: [bold red]{verdict['verdict']}[/]")
    story.notices(services, certificate["certificate_id"], "expired")
    _say("The scheduler has told that it expired.")
    return certificate


def _ready_for_examination(
    services: Services, qualification_id: str, given_name: str, family_name: str
) -> Json:
    application = story.apply(services, qualification_id, given_name, family_name)
    for kind in ("education_secondary_general", "training_office_upskilling"):
        story.attach(services, application["id"], kind)
    admitted: Json = story.admit(services, application["id"])
    _say(f"{given_name} {family_name} applies with all documents and is admitted.")
    return admitted


def _show_qualifications(qualifications: list[Json]) -> None:
    table = Table("level", "qualification", "term", box=None)
    for qualification in qualifications:
        table.add_row(
            str(qualification["level"]), qualification["name"], qualification["validity_term"]
        )
    console.print(table)


def _scene(title: str) -> None:
    console.rule(f"[bold]{title}[/]", align="left")


def _say(words: str) -> None:
    console.print(f"  {words}")


def _expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise StoryFailed(f"{what}: expected {wanted!r}, found {found!r}")


def _today() -> date:
    """The civil date as the services' own settings have it."""
    settings = Settings(service="demo", database_url=SecretStr("unused"))
    return civil_date(SystemClock().now(), settings.time_zone)


if __name__ == "__main__":
    sys.exit(main())
