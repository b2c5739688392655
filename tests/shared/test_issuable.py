"""Of what certificates may be issued: of what stands in the registry, for a term of the council."""

import pytest
from pydantic import SecretStr

from shared.errors import RuleViolation
from shared.events.catalog import QualificationContent
from shared.issuable import check_issuable
from shared.settings import Settings
from tests.certificates.approvals import QUALIFICATION

NUMBERED = QUALIFICATION.model_copy(update={"registry_number": "07.01000.01"})
UNCONFIRMED = NUMBERED.model_copy(update={"term_confirmed": False})


def _settings(*, issue_unconfirmed: bool) -> Settings:
    return Settings(
        service="trial", database_url=SecretStr("unused"), issue_unconfirmed=issue_unconfirmed
    )


@pytest.mark.parametrize(
    ("qualification", "rule"),
    [
        (QUALIFICATION, "qualification.unnumbered"),
        (UNCONFIRMED, "qualification.term_unconfirmed"),
    ],
)
def test_what_is_not_in_the_registry_or_of_no_confirmed_term_is_refused(
    qualification: QualificationContent, rule: str
) -> None:
    with pytest.raises(RuleViolation) as refusal:
        check_issuable(qualification, _settings(issue_unconfirmed=False))
    assert refusal.value.rule == rule
    check_issuable(qualification, _settings(issue_unconfirmed=True))


def test_what_is_numbered_and_confirmed_is_issued() -> None:
    check_issuable(NUMBERED, _settings(issue_unconfirmed=False))
