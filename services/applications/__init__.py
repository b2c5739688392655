"""Applications: from an applicant's form and documents to the council's decision.

Owns      applications with their documents, consents, reviews, examinations, decisions,
          appeals and time limits; a read model of the published qualifications
Publishes `applications.application.examination_scheduled.v1`,
          `applications.application.approved.v1`, `applications.application.not_confirmed.v1`,
          `applications.application.limit_at_risk.v1`,
          `applications.application.limit_broken.v1`
Consumes  `catalog.qualification.published.v1`, `catalog.qualification.withdrawn.v1`,
          `certificates.certificate.issued.v1`, `certificates.registration.entered.v1`,
          `certificates.renewal_capacity.changed.v1`
"""
