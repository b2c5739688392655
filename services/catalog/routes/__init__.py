"""The catalog over HTTP."""

from services.catalog.routes import changes, qualifications, versions

ROUTERS = [qualifications.router, versions.router, changes.router]
