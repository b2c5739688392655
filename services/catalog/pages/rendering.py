"""The site that the catalogue's pages are rendered by."""

from datetime import date, timedelta

from services.catalog.qualification.in_force import InForceState
from shared.pages.site import Site

SITE = Site(
    "services.catalog.pages",
    "qualifications",
    {
        "shapes": {
            InForceState.IN_FORCE: "●",
            InForceState.SCHEDULED: "○",
            InForceState.SUPERSEDED: "◐",
            InForceState.WITHDRAWN: "■",
        },
        "last": lambda until: until - timedelta(days=1),
        "parse_day": date.fromisoformat,
    },
)
render_page = SITE.render_page
