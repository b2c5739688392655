"""What endpoints of portals are sent, for the OpenAPI document: nothing here is served.

Standard Webhooks name the headers (standardwebhooks.com).
"""

from typing import Annotated

from fastapi import APIRouter, Header

from services.certificates.webhooks.schemas import MAX_BATCH
from shared.delivery.webhooks import BATCH_TYPE, EVENT_TYPE

_EVENT = {"$ref": "#/components/schemas/RosterCloudEvent"}

router = APIRouter(tags=["webhooks"])


@router.post(
    "roster-events",
    operation_id="receive_roster_events",
    summary="Events of a roster, sent to your endpoint",
    status_code=204,
    responses={
        204: {"description": "Kept; any status of 200 to 299 says so."},
        410: {"description": "Never again: the endpoint is disabled until you resume it."},
        429: {"description": "Not now: sent again after `Retry-After`, a day later at most."},
    },
    openapi_extra={
        "security": [],  # a signature proves who sent it
        "requestBody": {
            "required": True,
            "content": {
                EVENT_TYPE: {"schema": _EVENT},
                BATCH_TYPE: {"schema": {"type": "array", "items": _EVENT, "maxItems": MAX_BATCH}},
            },
        },
    },
)
async def receive_roster_events(
    message_id: Annotated[
        str,
        Header(
            alias="webhook-id",
            max_length=200,
            description="the message's id, the same each time that it is sent",
        ),
    ],
    sent_at: Annotated[
        str,
        Header(
            alias="webhook-timestamp",
            max_length=20,
            pattern=r"^\d+$",
            description="seconds since 1970, in UTC; refuse what is older than five minutes",
        ),
    ],
    signatures: Annotated[
        str,
        Header(
            alias="webhook-signature",
            max_length=1000,
            description="signatures by each secret of the endpoint, with blanks between them; "
            "accept the message if one of them is right, else answer 401",
        ),
    ],
) -> None:
    """One event, or a batch where the endpoint takes more at once, in the order of their numbers.

    What is not answered by success is sent again: know events by their `id`.
    """
