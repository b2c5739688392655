"""What a process is told of Kafka is checked at its start, and secrets stay out of what it says."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.catalog.settings import CatalogSettings
from shared.secret_files import SECRETS_VARIABLE
from tests.tls import create_certificate

SIGN_IN = {"SASL_MECHANISM": "SCRAM-SHA-512", "USER": "attesta", "PASSWORD": "kept from all"}
TLS = {"SECURITY_PROTOCOL": "SSL"}
Variables = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without `.env`, with certificates `broker` and `client`, and no certificate."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTESTA_CATALOG_DATABASE_URL", "postgresql://me:kept-from-all@host/name")
    for name in ("broker", "client"):
        create_certificate(tmp_path, name, "localhost")
    (tmp_path / "none.pem").write_text("nothing of the kind")
    return tmp_path


def _read_settings(variables: Variables, monkeypatch: pytest.MonkeyPatch) -> CatalogSettings:
    for name, value in variables.items():
        monkeypatch.setenv(f"ATTESTA_KAFKA_{name}", value)
    return CatalogSettings()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        TLS,
        {**TLS, "CA_FILE": "broker.pem"},
        {**TLS, "CERTIFICATE_FILE": "client.pem", "KEY_FILE": "client.key"},
        {**SIGN_IN, "SECURITY_PROTOCOL": "SASL_PLAINTEXT"},
        {**SIGN_IN, "SECURITY_PROTOCOL": "SASL_SSL", "CA_FILE": "broker.pem"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("folder")
def test_what_fits_together_is_taken(variables: Variables, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read_settings(variables, monkeypatch)
    tls = settings.build_kafka_tls()
    assert (tls is not None) == variables.get("SECURITY_PROTOCOL", "").endswith("SSL")
    assert tls is None or tls.check_hostname


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SECURITY_PROTOCOL": "TLS"}, ["KAFKA_SECURITY_PROTOCOL", "SASL_SSL"]),
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, ["set ATTESTA_KAFKA_SASL_MECHANISM"]),
        (
            {**SIGN_IN, "SECURITY_PROTOCOL": "SASL_SSL", "PASSWORD": ""},
            ["set ATTESTA_KAFKA_PASSWORD", "SASL_SSL"],
        ),
        (SIGN_IN, ["leave ATTESTA_KAFKA_SASL_MECHANISM out", "PLAINTEXT"]),
        ({"PASSWORD": "kept from all"}, ["leave ATTESTA_KAFKA_PASSWORD out"]),
        ({"CA_FILE": "broker.pem"}, ["leave ATTESTA_KAFKA_CA_FILE out"]),
        ({**TLS, "CA_FILE": "missing.pem"}, ["KAFKA_CA_FILE", "not point to a file"]),
        ({**TLS, "CA_FILE": "none.pem"}, ["ATTESTA_KAFKA_CA_FILE holds no certificate"]),
        ({**TLS, "KEY_FILE": "client.key"}, ["set ATTESTA_KAFKA_CERTIFICATE_FILE"]),
        ({**TLS, "CERTIFICATE_FILE": "client.pem"}, ["ATTESTA_KAFKA_KEY_FILE"]),
        (
            {**TLS, "CERTIFICATE_FILE": "client.pem", "KEY_FILE": "broker.key"},
            ["ATTESTA_KAFKA_KEY_FILE", "mismatch"],
        ),
    ],
    ids=str,
)
@pytest.mark.usefixtures("folder")
def test_what_does_not_fit_is_refused_by_name(
    variables: Variables, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError) as refusal:
        _read_settings(variables, monkeypatch)
    text = str(refusal.value)
    assert [word for word in words if word not in text] == []
    assert "kept" not in text


def test_the_password_may_be_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRETS_VARIABLE, str(folder))
    (folder / "attesta_kafka_password").write_text("of a file\n")
    variables = {**SIGN_IN, "SECURITY_PROTOCOL": "SASL_SSL"}
    del variables["PASSWORD"]
    settings = _read_settings(variables, monkeypatch)
    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() == "of a file"
