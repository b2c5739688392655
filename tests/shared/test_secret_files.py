"""Secrets come as files, called as the variables of their settings."""

from pathlib import Path

import pytest

from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from shared.secret_files import SECRETS_VARIABLE


@pytest.fixture
def secrets_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no `.env` here
    monkeypatch.setenv(SECRETS_VARIABLE, str(tmp_path))
    for service in ("CATALOG", "APPLICATIONS"):
        monkeypatch.delenv(f"ATTESTA_{service}_DATABASE_URL", raising=False)
    return tmp_path


def test_a_setting_is_read_from_its_file(secrets_folder: Path) -> None:
    (secrets_folder / "attesta_catalog_database_url").write_text("postgresql://of-a-file/catalog\n")
    settings = CatalogSettings()
    assert settings.database_url.get_secret_value() == "postgresql://of-a-file/catalog"


def test_the_environment_comes_first(secrets_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets_folder / "attesta_catalog_database_url").write_text("postgresql://of-a-file/catalog")
    monkeypatch.setenv("ATTESTA_CATALOG_DATABASE_URL", "postgresql://of-the-environment/catalog")
    settings = CatalogSettings()
    assert settings.database_url.get_secret_value() == "postgresql://of-the-environment/catalog"


def test_a_service_reads_its_own_secrets(secrets_folder: Path) -> None:
    for name in ("database_url", "data_keys", "documents_key_id", "documents_key_secret"):
        (secrets_folder / f"attesta_applications_{name}").write_text(f"value of {name}")
    settings = ApplicationsSettings()
    assert settings.documents_key_id is not None
    assert settings.documents_key_id.get_secret_value() == "value of documents_key_id"
