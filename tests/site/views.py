"""The one list of views: an address, who opens it, and in which state it is met."""

from dataclasses import dataclass
from urllib.parse import urlencode

from services.applications.application.status import Status
from services.applications.desk.acts import ACTS
from services.applications.desk.tabs import TABS
from shared.pages.sign_in_attempts import SignInFailure
from tests.certificates.verification.verdicts import STATES, VALID, answer_address
from tests.site.case_states import CASE_STATES
from tests.site.hostile_text import LINE
from tests.site.readers import ROLES, STAFF

FULL, EMPTY = "full", "empty"
"""The site with cases, certificates and qualifications, and the one where nothing is yet."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as one reader meets it.

    `address` stands below the language. `{number}` in it is a case's number, other names are those
    of the catalogue's qualifications. `state` is the case's, or which site it is.
    """

    address: str
    role: str
    state: str = FULL


def _search(path: str, **fields: str) -> str:
    return f"{path}?{urlencode(fields)}"


CATALOGUE_ADDRESSES = (
    *("", "/about", "/parts", "/parts?work", "/nowhere"),
    *("/problems", "/problems/limit.questions", "/problems/nothing"),
    "/qualifications",
    "/qualifications?page=2",
    "/qualifications?page=x&on=when",
    "/qualifications?on=2020-01-01",
    _search("/qualifications", text="оператор"),
    _search("/qualifications", text="ыыы"),
    _search("/qualifications", text=LINE),
    _search(
        "/qualifications", level="3", area="07", standard="07.010", council="Совет", on="2026-03-13"
    ),
    *(
        f"/qualifications/{{{name}}}"
        for name in (
            *("reviewed 0", "reviewed 3", "revised", "replaced", "withdrawn", "ending"),
            *("scheduled", "draft", "hostile"),
        )
    ),
    "/qualifications/nothing",
    "/qualifications/{revised}?on=2020-01-01",
    "/qualifications/{revised}?on=x",
    "/qualifications/{revised}/versions/1",
    "/qualifications/{revised}/versions/2",
    "/qualifications/{revised}/versions/2/differences",
    "/qualifications/{replaced}/versions/2/differences?since_version=1",
    "/qualifications/{replaced}/versions/9",
    "/form",
    "/form?level=5",
    "/form?level=9",
    _search("/form", council="Совет"),
    *(_search("/find", q=text) for text in ("", "оператор", VALID, "26-000001", LINE)),
)
VERIFICATION_ADDRESSES = (
    "/verify",
    f"/verify?number={VALID}",
    "/verify?number=7&issued_on-day=31&issued_on-month=2&issued_on-year=2026&on=soon",
    answer_address(VALID, issued_on="2099-01-01"),
    *(state.address for state in STATES.values()),
    "/renewal",
)
SIGN_IN_ADDRESSES = (
    *("/sign-in", "/sign-out", "/sign-out?ended=yes"),
    *(_search("/sign-in", next=path) for path in ("/ru/work", "/en/cases/26-000001", "//x.test")),
    *(f"/sign-in?failure={failure}" for failure in SignInFailure),
)
WORK_ADDRESSES = (
    "/work",
    *dict.fromkeys(f"/work?tab={tab.name}" for tab in TABS),
    *(_search("/work", tab="centre", q=text) for text in ("Петрова", "ыыы", LINE)),
    "/work?tab=centre&status=returned",
    "/work?tab=centre&page=2",
    "/work?tab=limits&page=x",
    *("/cases/26-999999", "/cases/nothing", "/cases/26-999999/admit", "/cases"),
)
LETTERS_ADDRESSES = (
    *("/letters", "/letters?tab=post", "/letters?tab=call&page=x", "/letters?tab=x&page=9"),
    *("/letters?tab=print&outcome=done", "/letters?outcome=outdated&tab=post", "/letters/pdf"),
    *("/letters/contact/centre", "/letters/contact/council", "/letters/contact/nothing"),
)
LINK_ADDRESSES = (
    *(f"/letters/unsubscribe/{{unsubscribe {name}}}" for name in ("asked", "stopped")),
    *(f"/letters/renewal/{{renewal {name}}}" for name in ("asked", "guessed", "renewed")),
    *("/letters/unsubscribe/nothing", "/letters/renewal/nothing", "/letters/nothing"),
)
OPERATIONS_ADDRESSES = (
    *(f"/operations{path}" for path in ("", "/notices", "/rehearsal", "/due", "/registry")),
    *(f"/operations/{service}" for service in ("catalog", "applications", "certificates")),
    *(
        f"/operations/{service}/set-aside"
        for service in ("catalog", "applications", "certificates")
    ),
    *(
        f"/operations/{service}/parked-events"
        for service in ("catalog", "applications", "certificates")
    ),
    "/operations/catalog/parked-events/999",
    *(f"/operations/{service}/dead-letters" for service in ("applications", "certificates")),
    "/operations/certificates/dead-letters/999",
    "/operations/catalog/dead-letters",
    "/operations/expiring?week=2029-02-26",
    "/operations/endpoints",
    "/operations/endpoints?page=9",
    "/operations/expiring?week=x&page=x",
    "/operations/rehearsal?on=2020-01-01",
    _search("/operations/notices", number=LINE, due_from="x", kind="x", nothing="y"),
    *(f"/operations/applications/{page}" for page in ("letters", "limits", "rehearsal")),
    "/operations/applications/letters?state=failed&due=yes&page=9",
    "/operations/applications/limits?state=late&centre=78.041",
    "/operations/applications/rehearsal?on=2029-02-26&channel=email",
    "/operations/applications/rehearsal?on=2020-01-01",
    _search("/operations/applications/letters", number=LINE, planned_from="x", kind="x"),
    _search("/operations/applications/rehearsal", centre=LINE, council=LINE, on="x"),
)
ROSTER_ADDRESSES = (
    *("/rosters", "/rosters/new", "/rosters/{roster}", "/rosters/nothing", "/rosters?cursor=x"),
    *(f"/rosters/{{roster}}/{page}" for page in ("add", "list", "end", "events", "nothing")),
    *("/rosters/{roster}/jobs/{list}", "/rosters/{roster}/jobs/{roster}"),
    *("/rosters/{roster}/endpoints", "/rosters/{other roster}/endpoints?done=x"),
    *(
        f"/rosters/{{roster}}/endpoints/{{{state}}}"
        for state in ("unverified", "failing", "paused")
    ),
    *("/rosters/{roster}/endpoints/nothing", "/rosters/{roster}/endpoints/{roster}"),
    "/rosters/{roster}/endpoints/{failing}?cursor=x&check=x",
    *("/rosters/{roster}?after=x", "/rosters/{roster}?after=999", "/rosters/{list}"),
    *("/rosters/{roster}/events?before=1", "/rosters/{roster}?done=x&number=ыыы"),
)
READERS_OF_ALL = ("nobody", "two hats", "ended session")
"""Those who open every public page: the others meet them in the same state."""

REPRESENTATIVES = {
    status: next(name for name, state in CASE_STATES.items() if state.status is status)
    for status in Status
}
"""A state of a case for each status."""


def _list_views() -> list[View]:
    public_addresses = (
        *(*CATALOGUE_ADDRESSES, *VERIFICATION_ADDRESSES, *SIGN_IN_ADDRESSES),
        *LINK_ADDRESSES,
    )
    front_addresses = ("", "/verify", "/qualifications", "/sign-in", "/nowhere")
    return [
        *(View(address, role) for role in READERS_OF_ALL for address in public_addresses),
        *(
            View(address, role)
            for role in ROLES
            if role not in READERS_OF_ALL
            for address in front_addresses
        ),
        *(
            View(address, role)
            for role in ROLES
            for address in (*WORK_ADDRESSES, *LETTERS_ADDRESSES, *OPERATIONS_ADDRESSES)
        ),
        *(View(address, "employer") for address in ROSTER_ADDRESSES),
        *(View(address, role) for role in ROLES for address in ("/rosters", "/rosters/{roster}")),
        *(View(address, "employer", EMPTY) for address in ("/rosters", "/rosters/new")),
        *(View("/cases/{number}", role, state) for role in STAFF for state in CASE_STATES),
        *(
            View("/cases/{number}", role, state)
            for role in ROLES
            if role not in STAFF
            for state in REPRESENTATIVES.values()
        ),
        *(
            View(f"/cases/{{number}}/{page}", "two hats", state)
            for state in REPRESENTATIVES.values()
            for page in (*ACTS, "decision/check", "attach", "nothing")
        ),
        *(
            View(address, role, EMPTY)
            for role in ("nobody", "clerk", "secretary", "operations", "two hats")
            for address in ("", "/qualifications", "/form", "/letters", *WORK_ADDRESSES)
        ),
        *(View(address, "operations", EMPTY) for address in OPERATIONS_ADDRESSES),
    ]


VIEWS = tuple(_list_views())
