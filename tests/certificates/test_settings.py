"""Where the settings are read from: the names that the environment gives them."""

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.certificates.settings import (
    DEFAULT_LIMITS_FILE,
    DUPLICATE_LIMIT,
    CertificatesSettings,
)
from shared.settings import Settings


def test_a_field_of_the_service_bears_its_name_and_a_shared_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_CERTIFICATES_FONT", "Times New Roman")
    monkeypatch.setenv("ATTESTA_FONT", "of nobody")
    monkeypatch.setenv("ATTESTA_RELAY_BATCH", "7")
    settings = CertificatesSettings()
    assert settings.database_url.get_secret_value() == "postgresql:///own"
    assert (settings.font, settings.relay_batch) == ("Times New Roman", 7)


def test_a_shared_field_may_be_set_for_one_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_DATABASE_POOL_SIZE", "7")
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_POOL_SIZE", "9")
    assert CertificatesSettings().database_pool_size == 9


@pytest.mark.parametrize("address", ["https://attesta.example", "https://attesta.example/"])
def test_the_sites_address_is_an_origin(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_SITE_URL", address)
    assert CertificatesSettings().site_url == "https://attesta.example"


@pytest.mark.parametrize(
    "address",
    ["attesta.example", "ftp://attesta.example", "https://attesta.example/site", "https://"],
)
def test_a_site_address_that_is_no_origin_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_SITE_URL", address)
    with pytest.raises(ValidationError, match="an origin such as"):
        CertificatesSettings()


@pytest.mark.parametrize(
    "name", sorted(Settings.model_fields.keys() ^ CertificatesSettings.model_fields.keys())
)
def test_every_field_of_the_service_has_one_name(name: str) -> None:
    alias = CertificatesSettings.model_fields[name].validation_alias
    assert getattr(alias, "choices", None) == [f"ATTESTA_CERTIFICATES_{name.upper()}"]


def test_webhooks_reach_local_addresses_on_a_trial_site_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_CERTIFICATES_WEBHOOK_LOCAL", "true")
    with pytest.raises(ValidationError, match="trial site only"):
        CertificatesSettings()
    monkeypatch.setenv("ATTESTA_TRIAL_SITE", "true")
    assert CertificatesSettings().build_egress().allows_local
    monkeypatch.delenv("ATTESTA_CERTIFICATES_WEBHOOK_LOCAL")
    assert not CertificatesSettings().build_egress().allows_local


def test_a_call_of_the_broker_ends_before_the_lease_within_which_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_LEASE_SECONDS", "10")
    with pytest.raises(ValidationError, match="kafka_limit_seconds is below lease_seconds"):
        CertificatesSettings()
    monkeypatch.setenv("ATTESTA_KAFKA_LIMIT_SECONDS", "9")
    assert CertificatesSettings().kafka_limit_seconds == 9


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"limits": []}', "the limit duplicate is missing"),
        ('{"limits": [{"name": "duplicate", "days": "{days}"}]}', "limits.0.days"),
        ("limits", "not in order"),
    ],
)
def test_a_file_of_limits_that_cannot_be_followed_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, fault: str
) -> None:
    file = tmp_path / "limits.json"
    file.write_text(content)
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_CERTIFICATES_LIMITS_FILE", str(file))
    with pytest.raises(ValidationError, match=fault):
        CertificatesSettings()


def test_a_council_gives_duplicates_sooner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limits = json.loads(DEFAULT_LIMITS_FILE.read_text())
    own_limit = {"council": "СПК в лифтовой отрасли", "days": 7, "source": "council's rules 4"}
    limits["limits"][0]["councils"] = [own_limit]
    file = tmp_path / "limits.json"
    file.write_text(json.dumps(limits))
    monkeypatch.setenv("ATTESTA_CERTIFICATES_DATABASE_URL", "postgresql:///own")
    monkeypatch.setenv("ATTESTA_CERTIFICATES_LIMITS_FILE", str(file))
    settings = CertificatesSettings()
    applied_on = date(2026, 3, 2)
    last_days = [
        settings.find_last_day(DUPLICATE_LIMIT, applied_on, council)
        for council in ("СПК в лифтовой отрасли", "another", None)
    ]
    assert last_days == [date(2026, 3, 10), date(2026, 3, 17), date(2026, 3, 17)]
