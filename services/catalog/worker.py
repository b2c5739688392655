"""The catalog's event process: `python -m services.catalog.worker`."""

from services.catalog.settings import CatalogSettings
from shared.events.catalog import QualificationPublished
from shared.worker import run_worker

if __name__ == "__main__":
    run_worker(CatalogSettings(), frozenset({QualificationPublished.TOPIC}), {})
