"""Where the settings are read from: the names that the environment gives them."""

import pytest

from services.certificates.settings import CertificatesSettings
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


@pytest.mark.parametrize(
    "name", sorted(Settings.model_fields.keys() ^ CertificatesSettings.model_fields.keys())
)
def test_every_field_of_the_service_has_one_name(name: str) -> None:
    alias = CertificatesSettings.model_fields[name].validation_alias
    assert getattr(alias, "choices", None) == [f"ATTESTA_CERTIFICATES_{name.upper()}"]
