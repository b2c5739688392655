"""Why no broker takes us in, in words: the client tells that only its log."""

from collections.abc import Mapping
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

_SETTINGS_AT_FAULT: Mapping[tuple[type[Exception], ...], str] = {
    (SSLCertVerificationError,): "ATTESTA_KAFKA_CA_FILE, ATTESTA_KAFKA_BOOTSTRAP_SERVERS",
    (SaslAuthenticationFailed,): "ATTESTA_KAFKA_USER, ATTESTA_KAFKA_PASSWORD",
    (UnsupportedSaslMechanismError,): "ATTESTA_KAFKA_SASL_MECHANISM",
    (ConnectionRefusedError, gaierror): "ATTESTA_KAFKA_BOOTSTRAP_SERVERS",
    (Exception,): "ATTESTA_KAFKA_SECURITY_PROTOCOL, ATTESTA_KAFKA_CERTIFICATE_FILE",
}
"""The first that fits. Who does not understand the other's protocol just ends the connection."""


async def find_faults(client_arguments: Mapping[str, Any]) -> str:
    """What is wrong with each address, and which settings speak of it; empty where nothing is.

    Tries once more those that a client with these arguments begins with, and those that brokers
    name.
    """
    options = dict(client_arguments)
    hosts = collect_hosts(options.pop("bootstrap_servers"))
    addresses = sorted((host, port) for host, port, _ in hosts)
    faults = []
    for host, port in addresses:  # grows meanwhile
        try:
            connection = await create_conn(host, port, **options)
            try:
                metadata = await connection.send(MetadataRequest([]))
            finally:
                connection.close()
        except (OSError, KafkaError) as error:
            faults.append(f"{host}:{port}: {_describe_fault(error)}")
        else:
            addresses += {(broker[1], broker[2]) for broker in metadata.brokers}.difference(
                addresses
            )
    return "; ".join(faults)


def _describe_fault(error: Exception) -> str:
    if isinstance(error.__cause__, SSLError):
        error = error.__cause__
    text = str(error).removeprefix("KafkaConnectionError: ") or type(error).__name__
    if isinstance(error, UnsupportedSaslMechanismError | IllegalSaslStateError):
        text = error.description
    variables = next(
        variables for kinds, variables in _SETTINGS_AT_FAULT.items() if isinstance(error, kinds)
    )
    return f"{text} (see {variables})"
