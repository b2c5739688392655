"""The states of an application and the transitions between them."""

from enum import StrEnum

from shared.transitions import Transitions


class Status(StrEnum):
    """The states of an application; each comment says who acts next."""

    DRAFT = "draft"  # the applicant acts next: completes and submits
    SUBMITTED = "submitted"  # the centre acts next: somebody takes the review
    UNDER_REVIEW = "under_review"  # the centre acts next: admits, returns or declines
    RETURNED = "returned"  # the applicant acts next: brings what the remarks ask for
    ADMITTED = "admitted"  # the centre acts next: agrees a day; the applicant is a candidate
    SCHEDULED = "scheduled"  # the centre acts next: examines
    NO_SHOW = "no_show"  # the centre acts next: a new day where the contract gives one
    EXAMINED = "examined"  # the centre acts next: sends the file to the council
    WITH_COUNCIL = "with_council"  # the council acts next: decides on certification
    APPROVED = "approved"  # certificate issuance acts next, by event
    CERTIFIED = "certified"  # the centre acts next: hands over the certificate
    NOT_CONFIRMED = "not_confirmed"  # the centre acts next: hands over the statement
    CLOSED = "closed"  # final: the person has the certificate or the statement
    DECLINED = "declined"  # final unless appealed: the centre did not accept the application
    WITHDRAWN = "withdrawn"  # final: the applicant took the application back


class Command(StrEnum):
    """The steps that can be taken on an application."""

    AMEND = "amend"
    ATTACH_DOCUMENT = "attach_document"
    REMOVE_DOCUMENT = "remove_document"
    ATTACH_MATERIAL = "attach_material"
    SUBMIT = "submit"
    BEGIN_REVIEW = "begin_review"
    ADMIT = "admit"
    RETURN = "return"
    DECLINE = "decline"
    RESUBMIT = "resubmit"
    SCHEDULE = "schedule"
    RECORD_NO_SHOW = "record_no_show"
    RECORD_EXAMINATION = "record_examination"
    SEND_TO_COUNCIL = "send_to_council"
    CERTIFY = "certify"
    REFUSE = "refuse"
    RECORD_CERTIFICATE = "record_certificate"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN_REVIEW = "reopen_review"
    REOPEN_EXAMINATION = "reopen_examination"
    REOPEN_DECISION = "reopen_decision"


class Actor(StrEnum):
    """The party that acts next on an application."""

    APPLICANT = "applicant"
    CENTRE = "centre"
    COUNCIL = "council"
    CERTIFICATES = "certificates"


ACTS_NEXT = {
    Status.DRAFT: Actor.APPLICANT,
    Status.SUBMITTED: Actor.CENTRE,
    Status.UNDER_REVIEW: Actor.CENTRE,
    Status.RETURNED: Actor.APPLICANT,
    Status.ADMITTED: Actor.CENTRE,
    Status.SCHEDULED: Actor.CENTRE,
    Status.NO_SHOW: Actor.CENTRE,
    Status.EXAMINED: Actor.CENTRE,
    Status.WITH_COUNCIL: Actor.COUNCIL,
    Status.APPROVED: Actor.CERTIFICATES,
    Status.CERTIFIED: Actor.CENTRE,
    Status.NOT_CONFIRMED: Actor.CENTRE,
}

TRANSITIONS = Transitions[Status, Command](
    {
        Status.DRAFT: {
            Command.AMEND: Status.DRAFT,
            Command.ATTACH_DOCUMENT: Status.DRAFT,
            Command.REMOVE_DOCUMENT: Status.DRAFT,
            Command.SUBMIT: Status.SUBMITTED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.SUBMITTED: {
            Command.ATTACH_DOCUMENT: Status.SUBMITTED,
            Command.REMOVE_DOCUMENT: Status.SUBMITTED,
            Command.BEGIN_REVIEW: Status.UNDER_REVIEW,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.UNDER_REVIEW: {
            Command.ADMIT: Status.ADMITTED,
            Command.RETURN: Status.RETURNED,
            Command.DECLINE: Status.DECLINED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.RETURNED: {
            Command.AMEND: Status.RETURNED,
            Command.ATTACH_DOCUMENT: Status.RETURNED,
            Command.REMOVE_DOCUMENT: Status.RETURNED,
            Command.RESUBMIT: Status.SUBMITTED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.ADMITTED: {
            Command.SCHEDULE: Status.SCHEDULED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.SCHEDULED: {
            Command.SCHEDULE: Status.SCHEDULED,
            Command.RECORD_NO_SHOW: Status.NO_SHOW,
            Command.ATTACH_MATERIAL: Status.SCHEDULED,
            Command.RECORD_EXAMINATION: Status.EXAMINED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.NO_SHOW: {
            Command.SCHEDULE: Status.SCHEDULED,
            Command.CLOSE: Status.CLOSED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.EXAMINED: {
            Command.ATTACH_MATERIAL: Status.EXAMINED,
            Command.SEND_TO_COUNCIL: Status.WITH_COUNCIL,
        },
        Status.WITH_COUNCIL: {
            Command.CERTIFY: Status.APPROVED,
            Command.REFUSE: Status.NOT_CONFIRMED,
        },
        Status.APPROVED: {Command.RECORD_CERTIFICATE: Status.CERTIFIED},
        Status.CERTIFIED: {Command.HAND_OVER: Status.CLOSED},
        Status.NOT_CONFIRMED: {Command.HAND_OVER: Status.CLOSED},
    }
)

_TO_REVIEW = {Command.REOPEN_REVIEW: Status.SUBMITTED}
_TO_EXAMINATION = {Command.REOPEN_EXAMINATION: Status.ADMITTED}
_TO_DECISION = {Command.REOPEN_DECISION: Status.WITH_COUNCIL}

REOPENINGS = Transitions[Status, Command](
    {
        Status.SUBMITTED: _TO_REVIEW,
        Status.UNDER_REVIEW: _TO_REVIEW,
        Status.RETURNED: _TO_REVIEW,
        Status.DECLINED: _TO_REVIEW,
        Status.WITHDRAWN: _TO_REVIEW,
        Status.ADMITTED: _TO_REVIEW | _TO_EXAMINATION,
        Status.SCHEDULED: _TO_REVIEW | _TO_EXAMINATION,
        Status.NO_SHOW: _TO_REVIEW | _TO_EXAMINATION,
        Status.EXAMINED: _TO_EXAMINATION,
        Status.WITH_COUNCIL: _TO_EXAMINATION | _TO_DECISION,
        Status.APPROVED: _TO_EXAMINATION | _TO_DECISION,
        Status.CERTIFIED: _TO_EXAMINATION | _TO_DECISION,
        Status.NOT_CONFIRMED: _TO_EXAMINATION | _TO_DECISION,
        Status.CLOSED: _TO_EXAMINATION | _TO_DECISION,
    }
)
"""The steps back that only a satisfied appeal takes, from wherever what it is about has come to."""

FINAL_STATUSES = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
"""Nobody acts any more; only an appeal may open the application again."""
