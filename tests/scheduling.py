"""Which tests stay together on one worker."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/flows/": "stack",
    "tests/docs/test_tutorial.py": "stack",
    "tests/browser/test_catalogue.py": "site",
}
"""Tests of one running stack, and tests that look at one site: by where they stand."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """One test at a time to whoever is free; `TOGETHER` as wholes, and first."""

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for start, group in TOGETHER.items() if nodeid.startswith(start))
        return next(groups, nodeid)
