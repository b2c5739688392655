"""The certificates service over HTTP.

verification  is this certificate valid: one, many, as of any day
certificates  what keepers do: lists, changes, extensions; the ledger of notices
documents     what is printed: duplicates, statements, signature blocks
feed          what the national registry reads
registry      what the national registry says, and what waits for it
"""

from services.certificates.routes import certificates, documents, feed, registry, verification

ROUTERS = (verification.router, certificates.router, documents.router, feed.router, registry.router)
