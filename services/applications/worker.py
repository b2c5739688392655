"""The event process of the applications service: `python -m services.applications.worker`."""

from services.applications.handlers import HANDLERS
from services.applications.settings import ApplicationsSettings
from shared.events.applications import ApplicationApproved
from shared.process import run_worker

if __name__ == "__main__":
    run_worker(ApplicationsSettings(), frozenset({ApplicationApproved.TOPIC}), HANDLERS)
