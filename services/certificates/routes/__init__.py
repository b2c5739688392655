"""The certificates service over HTTP.

verification  is this certificate valid: one, many, as of any day
certificates  what keepers do: lists, changes, extensions; the ledger of notices
"""

from services.certificates.routes import certificates, verification

ROUTERS = (verification.router, certificates.router)
