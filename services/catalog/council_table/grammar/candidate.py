"""What could be read of a qualification: a draft whose members may be missing.

Nothing is checked here beyond the shape: a draft becomes valid when a publisher has completed it.
"""

from datetime import date

from pydantic import BaseModel

from shared.events.requirements import RequirementRule


class CandidatePart(BaseModel, frozen=True):
    """The base of what is read of a table."""


class CandidateStandard(CandidatePart):
    """An occupational standard as printed; a code that is neither printed nor known is None."""

    code: str | None
    title: str
    order_number: str | None
    order_date: date | None


class CandidateFunction(CandidatePart):
    """A labour function; its name is None where names cannot be told apart.

    `standard` is None for a function of the first standard.
    """

    code: str
    name: str | None
    standard: str | None


class CandidateJobTitle(CandidatePart):
    """A job title or trade, by a reference book."""

    title: str
    reference_book: str
    code: str | None
    grade: str | None


class CandidateClassifier(CandidatePart):
    """A code of a national classifier."""

    classifier: str
    code: str


class CandidateCompletion(CandidatePart):
    """What an earlier publisher supplied, as an export says it, and the reason."""

    column: str
    reason: str


class RegistryCard(CandidatePart):
    """What registry cards add to the form's columns."""

    activity_type: str | None = None
    special_conditions: str | None = None
    classifiers: tuple[CandidateClassifier, ...] = ()


class CandidateDraft(RegistryCard):
    """The members of the catalog's draft, None or empty where nothing could be read."""

    council: str | None
    registry_number: str | None
    name: str | None
    occupational_standard: CandidateStandard | None
    further_standards: tuple[CandidateStandard, ...]
    level: int | None
    sublevel: str | None
    labour_functions: tuple[CandidateFunction, ...]
    additional_information: str | None
    legal_requirement: str | None
    requirements: RequirementRule | None
    requirements_text: str | None
    validity_term: str | None
    additional_characteristics: str | None
    job_titles: tuple[CandidateJobTitle, ...]
    completed_by_publisher: tuple[CandidateCompletion, ...] = ()
