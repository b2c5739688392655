"""Who reads the pages: each part that somebody can play, and those who play none."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.principal import Scope
from tests import tokens

OTHER_CENTRE = "99.001"
OTHER_COUNCIL = "СПК строителей"
CRAWLED_AT = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
"""When cases and qualifications are looked at; certificates have a later clock of their own."""
AN_HOUR_AGO = int(CRAWLED_AT.timestamp()) - 3600

ROLES: Mapping[str, dict[str, str]] = {
    "nobody": {"Sec-Fetch-Site": "same-origin"},
    "applicant": tokens.browser(Scope.APPLY),
    "clerk": tokens.browser(Scope.PROCESS, subject="clerk", name="И. Котова", centre=tokens.CENTRE),
    "clerk of another centre": tokens.browser(
        Scope.PROCESS, subject="stranger", centre=OTHER_CENTRE
    ),
    "clerk without a centre": tokens.browser(Scope.PROCESS, subject="newcomer"),
    "secretary": tokens.browser(
        Scope.DECIDE, subject="secretary", name="Н. Громова", council=tokens.COUNCIL
    ),
    "secretary of another council": tokens.browser(
        Scope.DECIDE, subject="foreigner", council=OTHER_COUNCIL
    ),
    "employer": tokens.browser(
        *(Scope.REFER, Scope.WATCH), subject="employer", employer=tokens.EMPLOYER
    ),
    "agency": tokens.browser(Scope.AMEND, subject="agency"),
    "registry": tokens.browser(Scope.FEED, subject="registry"),
    "operations": tokens.browser(Scope.OPERATE, subject="operations"),
    "two hats": tokens.browser(
        *(Scope.PROCESS, Scope.DECIDE),
        subject="deputy",
        name="П. Лисин",
        centre=tokens.CENTRE,
        council=tokens.COUNCIL,
    ),
    "ended session": tokens.browser(
        Scope.PROCESS, subject="clerk", name="И. Котова", centre=tokens.CENTRE, exp=AN_HOUR_AGO
    ),
}
"""The headers of a browser of each."""

STAFF = ("clerk", "secretary", "operations", "two hats")
"""Those to whom the cases of the crawl are open."""
