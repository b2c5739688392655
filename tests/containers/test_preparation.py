"""Secrets of a trial are made once, marked, and readable for the containers that need them."""

import stat
from pathlib import Path

import pytest

from deploy.local import containers
from deploy.local.roles import ROLES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(containers, "BUCKET", tmp_path / "bucket")
    return tmp_path / "secrets"


def _read_all(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_secrets_are_made_once(folder: Path) -> None:
    containers.prepare_trial(folder)
    secrets = _read_all(folder)
    containers.prepare_trial(folder)
    assert _read_all(folder) == secrets
    assert secrets["postgres_password"] in secrets["attesta_catalog_database_url"]
    assert secrets["postgres_password"].startswith(containers.MARK)
    assert "Not for production" in secrets["README"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    assert containers.BUCKET.is_dir()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_a_token(folder: Path, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTESTA_AUTH_ISSUER", "http://issuer:8000")
    containers.prepare_trial(folder)
    assert containers.issue_token(folder, role).count(".") == 2
