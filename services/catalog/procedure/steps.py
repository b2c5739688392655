"""The steps of a version as data, from the draft to publication; routes are made of them."""

from services.catalog.procedure.operations import (
    approve_version,
    discard_version,
    publish_version,
    return_version,
    submit_version,
)
from services.catalog.procedure.schemas import ApprovalRequest, PublicationRequest, ReturnRequest
from shared.principal import Scope
from shared.web.steps import Step

STEPS: dict[str, Step] = {
    "submit": Step(
        run=submit_version,
        scopes=(Scope.PUBLISH,),
        summary="Submit for expert review",
        description="Hands the draft to the experts; from then on it is not edited.",
    ),
    "return": Step(
        run=return_version,
        scopes=(Scope.PUBLISH,),
        body=ReturnRequest,
        summary="Return with remarks",
        description="Gives the version back to the council as a draft.",
    ),
    "approve": Step(
        run=approve_version,
        scopes=(Scope.PUBLISH,),
        body=ApprovalRequest,
        summary="Record the approval",
        description="Records by whom and by which protocol it was approved.\n\n"
        "An editorial correction needs no expert review before.",
    ),
    "publish": Step(
        run=publish_version,
        scopes=(Scope.PUBLISH,),
        body=PublicationRequest,
        summary="Publish from a day",
        description="Publishes for good; from `effective_from` on people apply under this version.",
    ),
    "discard": Step(
        run=discard_version,
        scopes=(Scope.PUBLISH,),
        summary="Give a version up",
        description="Ends a version that is not published. It stays on record.",
    ),
}
"""By the last segment of the address: `/v1/qualifications/{id}/versions/{number}/submit`."""
