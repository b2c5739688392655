"""How a page of the catalogue is made."""

from datetime import date, timedelta

from services.catalog.pages.words import MESSAGES
from services.catalog.qualification.in_force import State
from shared.pages.site import Site

SITE = Site(
    "services.catalog.pages",
    MESSAGES,
    "qualifications",
    {
        "shapes": {
            State.IN_FORCE: "●",
            State.SCHEDULED: "○",
            State.SUPERSEDED: "◐",
            State.WITHDRAWN: "■",
        },
        "last": lambda until: until - timedelta(days=1),
        "parse_day": date.fromisoformat,
    },
)
page = SITE.page
PageRoute = SITE.route()
