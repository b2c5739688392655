"""The event process: `python -m services.certificates.worker`."""

from services.certificates.handlers import handlers
from services.certificates.settings import CertificatesSettings
from shared.events.certificates import CertificateEvent
from shared.process import run_worker

if __name__ == "__main__":
    settings = CertificatesSettings()
    run_worker(settings, frozenset({CertificateEvent.TOPIC}), handlers(settings))
