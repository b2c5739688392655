"""Which qualifications certificates may be issued of."""

from shared.errors import RuleViolation
from shared.events.catalog import QualificationContent
from shared.settings import Settings


def check_issuable(qualification: QualificationContent, settings: Settings) -> None:
    """Raises `RuleViolation` for one without a number in the registry or a confirmed term.

    Certificates are of qualifications that stand in the registry (238-FZ, article 4), and their
    term is the council's (order 726n, item 5). A setting allows the others all the same.
    """
    if settings.issue_unconfirmed:
        return
    if qualification.registry_number is None:
        raise RuleViolation(
            "qualification.unnumbered",
            "The qualification has no number in the national registry yet, so no certificate can "
            "be issued. Wait until the agency has numbered it.",
        )
    if not qualification.term_confirmed:
        raise RuleViolation(
            "qualification.term_unconfirmed",
            "The council has not confirmed how long certificates of this qualification are valid, "
            "so none can be issued. Ask the council to confirm the term.",
        )
