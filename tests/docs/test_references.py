"""What the pages name exists: files, settings, commands, other pages, decisions."""

import re
from pathlib import Path

import pytest

from deploy.docs import SERVICES, list_sections
from shared.secret_files import SECRETS_VARIABLE
from tests.cluster.release import OWN_IMAGES
from tests.docs.pages import ROOT, all_pages, read_page

HISTORY = Path("CHANGELOG.md")
"""Names what was: old names may stand there."""
TEST_VARIABLES = frozenset(
    {
        "ATTESTA_TEST_POSTGRES_URL",
        "ATTESTA_TEST_BROKER",
        "ATTESTA_TEST_PICTURES",
        "ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS",
    }
)
_PATH = re.compile(r"`((?:services|shared|deploy|tests|docs)/[\w./-]*[\w/])`")
_VARIABLE = re.compile(r"\bATTESTA_[A-Z_]*[A-Z]\b")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"\bmake ([a-z][a-z-]*)")
_COMPOSED_VARIABLE = re.compile(r"\$\{(ATTESTA_[A-Z_]+)")
_MODULE = re.compile(r"python -m ((?:services|shared|deploy|tests)[\w.]*)")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
PAGES = [page for page in all_pages() if page != HISTORY]


def _known_variables() -> set[str]:
    settings = (pair for section in list_sections() for pair in section.list_settings())
    names = {name for name, _ in settings} | TEST_VARIABLES | {SECRETS_VARIABLE}
    own_names = {
        name.replace("ATTESTA_", f"ATTESTA_{service.upper()}_", 1)
        for name in names
        for service in SERVICES
    }
    return names | own_names | {SECRETS_VARIABLE} | OWN_IMAGES.keys() | _list_composed_variables()


def _list_composed_variables() -> set[str]:
    """What the compositions of containers ask the environment for."""
    files = ROOT.glob("docker-compose*.yml")
    return {name for file in files for name in _COMPOSED_VARIABLE.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    paths = _PATH.findall(read_page(page))
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", all_pages(), ids=str)
def test_every_link_leads_to_a_page(page: Path) -> None:
    links = _LINK.findall(read_page(page))
    assert [link for link in links if not (ROOT / page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_setting_that_a_page_names_is_read(page: Path) -> None:
    known_variables = _known_variables()
    names = set(_VARIABLE.findall(read_page(page)))
    assert names - known_variables == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_that_a_page_names_can_be_run(page: Path) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    text = "\n".join(re.findall(r"`[^`]+`|^```.*?^```", read_page(page), re.MULTILINE | re.DOTALL))
    assert set(_COMMAND.findall(text)) - targets == set()
    modules = _MODULE.findall(read_page(page))
    assert [name for name in modules if not _is_module(name)] == []


def _is_module(name: str) -> bool:
    path = ROOT / name.rstrip(".").replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_every_decision_stands_in_the_index_by_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for record in sorted(folder.glob("0*.md")):
        title = record.read_text().partition("\n")[0].removeprefix("# ").partition(". ")[2]
        assert f"[{record.name[:4]}]({record.name}) | {title} |" in index, record.name
