"""README and tutorial do what they say: every block runs as printed, and prints what follows it."""

import shutil
from pathlib import Path

import pytest

from deploy.local import story
from deploy.local.calls import Services
from deploy.local.stack import Stack
from tests.docs.pages import matches_promise, shell_blocks
from tests.docs.run_blocks import run_blocks, stack_variables

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="readers need curl"),
]

PAGES = ("docs/tutorial.md", "README.md")
SERVICES = ("catalog", "applications", "certificates")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_runs_and_prints_what_the_page_says(
    page: str, stack: Stack, services: Services, operator: str
) -> None:
    story.submit_application(services, operator, "Анна", "Белова")  # intake knows the qualification
    blocks = list(shell_blocks(Path(page)))
    assert blocks
    variables = stack_variables(stack.folder, {name: stack.base_url(name) for name in SERVICES})

    outputs = run_blocks(blocks, variables, timeout_seconds=300)

    for block, output in zip(blocks, outputs, strict=True):
        if block.output is not None:
            assert matches_promise(output, block.output), (
                f"{page}:{block.line} printed\n{output}\nand promises\n{block.output}"
            )


@pytest.mark.parametrize("page", PAGES)
def test_the_printed_addresses_are_those_of_make_run(page: str) -> None:
    first_commands = next(shell_blocks(Path(page))).commands
    for port, service in enumerate(SERVICES, 8001):
        assert (
            f"{service.upper()}=${{{service.upper()}:-http://127.0.0.1:{port}}}" in first_commands
        )
