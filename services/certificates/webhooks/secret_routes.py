"""Routes that answer with a secret: an endpoint entered, its secret rotated.

A secret is shown once. So these honour `Idempotency-Key`: who lost the answer, and nobody else,
gets it again.
"""

from datetime import timedelta

from fastapi import APIRouter, Response

from services.certificates.access.dependencies import Command, RosterPortal
from services.certificates.access.policy import require_employer
from services.certificates.rosters.dependencies import SubscriptionId
from services.certificates.webhooks import operations
from services.certificates.webhooks.schemas import (
    EndpointAnswer,
    EndpointRequest,
    NewEndpointAnswer,
    SecretAnswer,
)
from services.certificates.webhooks.waiting import EndpointId
from shared.web.conditional import etag
from shared.web.contents import add_headers, omit_headers
from shared.web.dependencies import ExpectedVersion
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["webhooks"], route_class=OnceRoute)


@router.post(
    "/subscriptions/{subscription_id}/endpoints",
    status_code=201,
    summary="Enter an address for events",
    responses={201: add_headers("ETag"), **problem_responses(404, 409)},
)
async def create_endpoint(
    subscription_id: SubscriptionId,
    body: EndpointRequest,
    caller: RosterPortal,
    command: Command,
    response: Response,
) -> NewEndpointAnswer:
    """Answers with its secret, which is never shown again. Events go once it has been verified.

    Send an Idempotency-Key: where the answer is lost, the same request gets it again, and the
    secret with it.
    """
    endpoint, secret = await operations.create_endpoint(
        command.by(caller), require_employer(caller), subscription_id, body
    )
    response.headers["Location"] = f"/v1/endpoints/{endpoint.id}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["ETag"] = etag(endpoint.revision)
    answer = EndpointAnswer.model_validate(endpoint)
    return NewEndpointAnswer(**answer.model_dump(), secret=secret)


@router.post(
    "/endpoints/{endpoint_id}/secrets",
    status_code=201,
    summary="Rotate the secret",
    responses={201: omit_headers("Location"), **problem_responses(404, 412)},
)
async def rotate_secret(
    endpoint_id: EndpointId,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
    response: Response,
) -> SecretAnswer:
    """A new secret, which is never shown again. Messages bear both signatures for some days.

    With an Idempotency-Key a repetition rotates nothing, and gets the same secret.
    """
    context = command.by(caller, expected_revision)
    endpoint, secret = await operations.rotate_secret(
        context, require_employer(caller), endpoint_id
    )
    response.headers["ETag"] = etag(endpoint.revision)
    response.headers["Cache-Control"] = "no-store"
    overlap = timedelta(days=context.settings.webhook_secret_days)
    return SecretAnswer(secret=secret, previous_ends_at=context.now + overlap)
