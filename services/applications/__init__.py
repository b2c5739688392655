"""Applications: from an applicant's papers to the council's decision.

Owns      applications with their documents, consents, reviews, examinations and decisions;
          a read model of the published qualifications
Publishes `applications.application.approved.v1`
Consumes  `catalog.qualification.published.v1`, `catalog.qualification.withdrawn.v1`,
          `certificates.certificate.issued.v1`
"""
