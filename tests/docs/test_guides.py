"""The guides do what they say: every call in them runs as printed, and answers what follows it."""

import re
import shutil
from pathlib import Path

import pytest

from deploy.local.calls import Services
from deploy.local.candidates import lead_to_certificate
from deploy.local.ports import Ports
from deploy.local.programs import site_address
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack
from tests.docs.pages import ROOT, read_page, shell_blocks
from tests.docs.run_blocks import check_blocks, stack_variables

pytestmark = pytest.mark.flow

FOLDER = ROOT / "docs" / "guides"
GUIDES = [path.relative_to(ROOT) for path in sorted(FOLDER.glob("*.md"))]
SERVICES = ("catalog", "applications", "certificates")
_CALL = re.compile(r"/(?:v1|ops)/[\w.-]+(?:/[\w.-]+)*")


@pytest.mark.skipif(shutil.which("curl") is None, reason="readers need curl")
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_call_runs_and_answers_what_the_guide_says(
    guide: Path, stack: Stack, services: Services, operator: str
) -> None:
    lead_to_certificate(services, operator)
    variables = stack_variables(stack.folder, stack.site_url)
    ports = {service.upper(): stack.base_url(service) for service in SERVICES}
    check_blocks(guide, {**variables, **ports})


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_no_call_is_named_that_no_block_sends(guide: Path) -> None:
    commands = "".join(block.commands for block in shell_blocks(guide))
    assert set(_CALL.findall(read_page(guide))) - set(_CALL.findall(commands)) == set()


def test_there_is_a_guide_for_each_kind_of_user() -> None:
    assert [guide.stem for guide in GUIDES] == ["operations", "portal", "registry"]


def test_the_printed_address_is_that_of_make_run() -> None:
    site_url = site_address(Ports.from_base(LocalSettings.model_fields["port_base"].default))
    assert f"ATTESTA=${{ATTESTA:-{site_url}}}" in (FOLDER / "functions.sh").read_text()
