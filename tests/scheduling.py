"""Which tests stay together on one worker."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/flows/test_stack.py::test_the_command_stops": "other stacks",
    "tests/flows/test_stack.py::test_a_program_that_cannot": "other stacks",
    "tests/flows/": "stack",
    "tests/clients/": "clients",
    "tests/messaging/test_secure_kafka.py": "secure kafka",
    "tests/docs/test_tutorial.py": "stack",
    "tests/docs/test_guides.py": "stack",
    "tests/browser/test_operations_day.py": "stack",
    "tests/browser/test_catalogue.py": "site",
}
"""Tests of one stack, of stacks of their own, of packages built once: by how their ids begin."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """One test at a time to whoever is free; `TOGETHER` as wholes, and first."""

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for start, group in TOGETHER.items() if nodeid.startswith(start))
        return next(groups, nodeid)
