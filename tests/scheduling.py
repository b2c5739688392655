"""Which tests stay together on one worker."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/flows/", "tests/browser/test_catalogue.py")
"""Tests of one running stack, and tests that look at one site."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """One test at a time to whoever is free; `TOGETHER` as wholes, and first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)
