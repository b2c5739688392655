"""A sequencer, and a portal's client, on the service of each test."""

import pytest

from services.certificates.rosters.sequencer import RosterSequencer
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from tests.clock import ManualClock


@pytest.fixture
def sequencer(
    database: Database, clock: ManualClock, settings: CertificatesSettings
) -> RosterSequencer:
    """The sequencer of the worker, to be run round by round."""
    return RosterSequencer(database, clock, settings)
