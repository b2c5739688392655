"""The catalog over HTTP."""

from services.catalog.routes import changes, exports, imports, qualifications, versions

ROUTERS = [qualifications.router, versions.router, changes.router, imports.router, exports.router]
