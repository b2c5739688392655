"""The states of an application and the steps between them."""

from enum import StrEnum

from shared.lifecycle import Transitions


class Status(StrEnum):
    """Where an application stands; each state says who acts next."""

    SUBMITTED = "submitted"  # the centre acts next: it reviews the documents
    RETURNED = "returned"  # the applicant acts next: brings what the remarks ask for
    ADMITTED = "admitted"  # the centre acts next: it examines the candidate
    EXAMINED = "examined"  # the council acts next: it decides on certification
    APPROVED = "approved"  # certificate issuance acts next, by event
    CERTIFIED = "certified"  # final: the certificate is issued
    NOT_CONFIRMED = "not_confirmed"  # final: the qualification was not confirmed
    WITHDRAWN = "withdrawn"  # final: the applicant took the application back


class Command(StrEnum):
    """What can be done to an application."""

    ATTACH_DOCUMENT = "attach_document"
    REMOVE_DOCUMENT = "remove_document"
    ADMIT = "admit"
    RETURN = "return"
    RESUBMIT = "resubmit"
    RECORD_EXAMINATION = "record_examination"
    CERTIFY = "certify"
    REFUSE = "refuse"
    RECORD_CERTIFICATE = "record_certificate"
    WITHDRAW = "withdraw"


class Actor(StrEnum):
    """Who acts next."""

    APPLICANT = "applicant"
    CENTRE = "centre"
    COUNCIL = "council"
    CERTIFICATES = "certificates"


ACTS_NEXT = {
    Status.SUBMITTED: Actor.CENTRE,
    Status.RETURNED: Actor.APPLICANT,
    Status.ADMITTED: Actor.CENTRE,
    Status.EXAMINED: Actor.COUNCIL,
    Status.APPROVED: Actor.CERTIFICATES,
}

TRANSITIONS = Transitions[Status, Command](
    {
        Status.SUBMITTED: {
            Command.ATTACH_DOCUMENT: Status.SUBMITTED,
            Command.REMOVE_DOCUMENT: Status.SUBMITTED,
            Command.ADMIT: Status.ADMITTED,
            Command.RETURN: Status.RETURNED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.RETURNED: {
            Command.ATTACH_DOCUMENT: Status.RETURNED,
            Command.REMOVE_DOCUMENT: Status.RETURNED,
            Command.RESUBMIT: Status.SUBMITTED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.ADMITTED: {
            Command.RECORD_EXAMINATION: Status.EXAMINED,
            Command.WITHDRAW: Status.WITHDRAWN,
        },
        Status.EXAMINED: {
            Command.CERTIFY: Status.APPROVED,
            Command.REFUSE: Status.NOT_CONFIRMED,
        },
        Status.APPROVED: {Command.RECORD_CERTIFICATE: Status.CERTIFIED},
    }
)
