"""What pages say of endpoints and attempts: families of states, failures in words."""

from services.certificates.webhooks.rules import EndpointState
from shared.locale.translator import Translator

STATE_FAMILIES = {
    EndpointState.UNVERIFIED: "quiet",
    EndpointState.ACTIVE: "yes",
    EndpointState.FAILING: "wait",
    EndpointState.PAUSED: "no",
    EndpointState.DISABLED: "no",
}
"""The colour and sign of a state."""
FAILED_EXCHANGES = (
    *("address", "dns", "connect", "tls", "timeout", "protocol", "connection"),
    *("challenge", "signature_unchecked", "secret", "erased", "abandoned"),
)
"""Why an attempt failed, besides a status: the messages `webhook.failure.<name>`."""


def say_failure(t: Translator, failure: str) -> str:
    """Why an attempt failed: the answer's status, or what went wrong before there was one."""
    if failure in FAILED_EXCHANGES:
        return t(f"webhook.failure.{failure}")
    return t("webhook.failure.status", status=failure)


WORDS = {"state_families": STATE_FAMILIES, "say_failure": say_failure}
"""What every template of these pages may use."""
