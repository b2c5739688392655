"""The applications service over HTTP.

access        whose application it is
applications  submit, amend, renew, read, list
documents     attach, take back, read
procedure     the steps of the centre and the council
appeals       appeals
limits        the limits of law, for those who watch them
personal      consent, export, erasure
groups        groups in one file, an employer's referrals
answers       what all of them answer with
"""

from services.applications.routes import (
    appeals,
    applications,
    documents,
    groups,
    limits,
    personal,
    procedure,
)

ROUTERS = (
    applications.router,
    documents.router,
    documents.downloads,
    procedure.router,
    appeals.router,
    limits.router,
    limits.metrics,
    personal.router,
    personal.texts,
    groups.router,
)
