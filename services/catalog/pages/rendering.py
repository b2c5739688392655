"""The site that the catalogue's pages are rendered by."""

from datetime import date, timedelta

from services.catalog.pages.area_names import area_name
from services.catalog.pages.differences import compare_words
from services.catalog.qualification.in_force import InForceState
from shared.pages.site import Site

STATE_TAGS = {
    InForceState.IN_FORCE: ("yes", "●"),
    InForceState.SCHEDULED: ("accent", "○"),
    InForceState.SUPERSEDED: ("quiet", "◐"),
    InForceState.WITHDRAWN: ("no", "■"),
}
"""The family of colours and the sign of each state of a version."""

SITE = Site(
    "services.catalog.pages",
    "",
    {
        "state_tags": STATE_TAGS,
        "last": lambda until: until - timedelta(days=1),
        "parse_day": date.fromisoformat,
        "area_name": area_name,
        "compare_words": compare_words,
    },
)
render_page = SITE.render_page
