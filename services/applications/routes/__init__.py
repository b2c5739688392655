"""The applications service over HTTP.

applications  submit, read, list
documents     attach, take back, read
procedure     review, resubmission, withdrawal, examination, decision
answers       what all of them answer with
"""

from services.applications.routes import applications, documents, procedure

ROUTERS = (applications.router, documents.router, procedure.router)
