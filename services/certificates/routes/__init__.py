"""The certificates service over HTTP.

verification  is this certificate valid: one, many, as of any day
jobs          the same for up to a hundred thousand
certificates  what keepers do: lists, changes, extensions; the ledger of notices
documents     what is printed: duplicates, statements, signature blocks
feed          what the national registry reads
registry      what the national registry says, and what waits for it
"""

from services.certificates.routes import certificates, documents, feed, jobs, registry, verification

ROUTERS = (
    verification.router,
    jobs.router,
    certificates.router,
    documents.router,
    feed.router,
    registry.router,
)
