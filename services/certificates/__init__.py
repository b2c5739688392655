"""Certificates: issued for approved applications, verified by anyone, watched until they end.

Owns      certificates, and the ledger of notices about their validity
Publishes `certificates.certificate.issued.v1`, `.renewal_due.v1`, `.expired.v1`
Consumes  `applications.application.approved.v1`
"""
