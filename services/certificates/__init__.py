"""Certificates: issued for approved applications, verified by anyone, watched until they end.

Owns      certificates, their changes and duplicates; not-passed statements; the registry's feed
Publishes `certificates.certificate.issued.v1`, `.changed.v1`, `.duplicated.v1`, `.renewal_due.v1`,
          `.expired.v1`; `certificates.statement.issued.v1`;
          `certificates.registration.entered.v1`, `.refused.v1`;
          `certificates.renewal_capacity.changed.v1`
Consumes  `applications.application.approved.v1`, `.not_confirmed.v1`
"""
