"""Apache Kafka as production has it: TLS, and a sign-in by password or by certificate."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError, indent_tail
from deploy.local.kafka import POM, fetch_jars, format_storage, java_command
from deploy.local.ports import HOST, accepts_connections
from tests.ports import reserve_ports
from tests.tls import create_certificate

USER, PASSWORD = "attesta", "correct horse battery staple"
START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class SecureKafka:
    """A node with a listener for each way in; certificates and keys are PEM files.

    The broker's certificate names the address `HOST` alone. `sasl_port` takes `USER`, `mutual_port`
    whoever has the client's certificate.
    """

    sasl_port: int
    mutual_port: int
    ca_file: Path
    foreign_ca_file: Path
    client_certificate: Path
    client_key: Path


@contextmanager
def run_secure_kafka(folder: Path) -> Iterator[SecureKafka]:
    """A new node in an empty folder. Raises `StackError` when it does not start."""
    fetch_jars()
    ports = reserve_ports()
    for name, names in (("broker", [HOST]), ("client", ["attesta"]), ("foreign", [HOST])):
        create_certificate(folder, name, *names)
    key_store = folder / "key-store.pem"
    key_store.write_text("".join((folder / f"broker.{end}").read_text() for end in ("key", "pem")))
    kafka = SecureKafka(
        sasl_port=ports.broker,
        mutual_port=ports.gateway,
        ca_file=folder / "broker.pem",
        foreign_ca_file=folder / "foreign.pem",
        client_certificate=folder / "client.pem",
        client_key=folder / "client.key",
    )
    listeners = {
        "INTERNAL": ports.catalog,
        "SASL_SSL": kafka.sasl_port,
        "SSL": kafka.mutual_port,
        "CONTROLLER": ports.controller,
    }
    jaas = "listener.name.sasl_ssl.{}.sasl.jaas.config"
    security = "org.apache.kafka.common.security"
    node_properties = {
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
        "listener.security.protocol.map": "INTERNAL:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,"
        "CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "controller.quorum.voters": f"1@{HOST}:{ports.controller}",
        "log.dirs": folder / "log",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": key_store,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": kafka.client_certificate,
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        jaas.format("scram-sha-512"): f"{security}.scram.ScramLoginModule required;",
        jaas.format("plain"): f"{security}.plain.PlainLoginModule required "
        f'user_{USER}="{PASSWORD}";',
    }
    properties = folder / "server.properties"
    lines = [f"{name}={value}" for name, value in node_properties.items()]
    properties.write_text("\n".join([POM.with_name("server.properties").read_text(), *lines]))
    credential = f'SCRAM-SHA-512=[name={USER},password="{PASSWORD}"]'
    format_storage(properties, f"--add-scram={credential}")
    with _run_node(properties, kafka.sasl_port):
        yield kafka


@contextmanager
def _run_node(properties: Path, port: int) -> Iterator[None]:
    log_path = properties.with_name("kafka.log")
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [*java_command("kafka.Kafka"), str(properties)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not accepts_connections(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"Kafka does not start:\n{indent_tail(log_path.read_text())}")
            time.sleep(0.05)
        yield
    finally:
        process.kill()  # nothing is to be kept
        process.wait()
