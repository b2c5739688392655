"""README and tutorial do what they say: every block runs as printed, and prints what follows it."""

import shutil
from pathlib import Path

import pytest

from deploy.local import story
from deploy.local.calls import Services
from deploy.local.ports import Ports
from deploy.local.programs import site_address
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack
from tests.docs.pages import shell_blocks
from tests.docs.run_blocks import check_blocks, stack_variables

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="readers need curl"),
]

PAGES = ("docs/tutorial.md", "README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_runs_and_prints_what_the_page_says(
    page: str, stack: Stack, services: Services, operator: str
) -> None:
    story.submit_application(services, operator, "Анна", "Белова")  # intake knows the qualification

    check_blocks(Path(page), stack_variables(stack.folder, stack.site_url))


@pytest.mark.parametrize("page", PAGES)
def test_the_printed_address_is_that_of_make_run(page: str) -> None:
    first_commands = next(shell_blocks(Path(page))).commands
    site_url = site_address(Ports.from_base(LocalSettings.model_fields["port_base"].default))
    assert f"ATTESTA=${{ATTESTA:-{site_url}}}" in first_commands
