"""The second composition is production's shape of the same, with everything else outside it."""

import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local import story
from deploy.local.approval import build_load_command
from deploy.local.calls import Services
from deploy.local.candidates import find_operator_qualification, lead_to_certificate
from deploy.local.settings import LocalSettings
from tests.containers.composition import (
    FOLDER,
    PROJECT_NAME,
    START,
    SUBNETS,
    Composition,
    run_command,
)
from tests.containers.conftest import timed_step
from tests.docs.pages import ROOT
from tests.serving import WIRE_SECONDS
from tests.tls import create_certificate

OUTSIDE = ("postgres", "kafka", "store", "issuer", "mailbox")
REPLICATED = (
    *("catalog", "applications", "certificates"),
    *("catalog-worker", "applications-worker", "certificates-worker"),
    *("applications-scheduler", "certificates-scheduler", "certificates-sender"),
)
REPLICAS = 2
FILES = ("docker-compose.yml", "docker-compose.production.yml")


@pytest.fixture
def production(composition: Composition, tmp_path: Path) -> Iterator[Composition]:
    """Two of each process, on what a trial has outside; its secrets are files of this folder."""
    with timed_step("build, and what is outside"):
        composition.run("build")
        composition.run(*START, *OUTSIDE)
    (issuer,) = composition.list_containers("issuer")
    run_command("docker", "cp", f"{issuer['Id']}:/secrets/.", str(tmp_path))
    create_certificate(tmp_path, "gateway", "localhost")
    (tmp_path / "gateway.pem").rename(tmp_path / "gateway_certificate")
    (tmp_path / "gateway.key").rename(tmp_path / "gateway_key")
    variables = {
        "ATTESTA_SECRETS": str(tmp_path),
        "ATTESTA_TRIAL_NETWORK": f"{PROJECT_NAME}_back",
        "ATTESTA_FRONT_SUBNET": SUBNETS[1],
        "ATTESTA_IMAGE": "attesta:local",
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "ATTESTA_KAFKA_REPLICATION_FACTOR": "1",
        "ATTESTA_AUTH_ISSUER": "http://issuer:8000",
        "ATTESTA_AUTH_JWKS_URL": "http://issuer:8000/jwks.json",
        "ATTESTA_SITE_URL": "https://localhost",
        "ATTESTA_APPLICATIONS_DOCUMENTS_URL": "s3://documents/files",
        "AWS_ENDPOINT_URL": "http://store:7070",
        "ATTESTA_SMTP_HOST": "mailbox",
        "ATTESTA_LETTERS_SENDER": "attesta@example.org",
    }
    files = (*(ROOT / name for name in FILES), FOLDER / "production.yml")
    production = Composition(files, f"{PROJECT_NAME}-production", variables)
    try:
        yield production
    finally:
        production.run("down", "--volumes", "--timeout", "20")


def test_production_starts_on_what_is_outside(
    composition: Composition, production: Composition, tmp_path: Path
) -> None:
    with timed_step("up, until everything is healthy"):
        production.run("up", "--detach", "--wait")
    assert production.count_healthy(REPLICATED) == dict.fromkeys(REPLICATED, REPLICAS)
    site_url = f"https://localhost:{production.run('port', 'gateway', '8443').rpartition(':')[2]}"
    certificate = tmp_path / "gateway_certificate"
    _load_qualifications(composition, site_url.strip(), certificate)
    with _open_client(composition, site_url.strip(), certificate) as client:
        services = Services(client, client, client)
        composition.find_databases().wait_until_numbered(len(story.list_qualifications(services)))
        lead_to_certificate(services, find_operator_qualification(services))
        assert "max-age" in client.get("/ru").headers["Strict-Transport-Security"]
    address = production.find_address("gateway", "front")
    answer = httpx.get(f"http://{address}:8000/ru", headers={"Host": "attesta.example.org"})
    assert answer.status_code == httpx.codes.PERMANENT_REDIRECT
    assert answer.headers["Location"] == "https://attesta.example.org/ru"
    for name in REPLICATED:
        _assert_own_secrets(production, name)


def _load_qualifications(composition: Composition, site_url: str, certificate: Path) -> None:
    command = build_load_command(site_url, LocalSettings().civil_today())
    variables = {"ATTESTA_TOKEN": composition.issue_token("council")}
    run_command(sys.executable, "-m", *command, SSL_CERT_FILE=str(certificate), **variables)


def _open_client(composition: Composition, site_url: str, certificate: Path) -> httpx.Client:
    return httpx.Client(
        base_url=site_url,
        verify=ssl.create_default_context(cafile=certificate),
        headers={"Authorization": f"Bearer {composition.issue_token('demo')}"},
        timeout=WIRE_SECONDS,
    )


def _assert_own_secrets(production: Composition, name: str) -> None:
    """A process has the files of its own service's secrets, and none among its variables."""
    for container in production.list_containers(name):
        secrets = production.run("exec", "--no-TTY", name, "ls", "/run/secrets").split()
        service = name.split("-", maxsplit=1)[0]
        assert {secret.split("_")[1] for secret in secrets} == {service}
        variables = [line.split("=")[0] for line in container["Config"]["Env"]]
        assert not {secret.upper() for secret in secrets} & set(variables)
