"""The event process of the applications service: `python -m services.applications.worker`."""

import services.applications.models  # noqa: F401 - all tables: keys lead from room to room
from services.applications.handlers import event_handlers
from services.applications.settings import ApplicationsSettings
from shared.events.applications import ApplicationEvent
from shared.worker import run_worker

if __name__ == "__main__":
    settings = ApplicationsSettings()
    run_worker(settings, frozenset({ApplicationEvent.TOPIC}), event_handlers(settings))
