"""The catalog: qualifications of the sector councils, as on the form of order 726n of 12.12.2016.

Owns      drafts and published qualifications
Publishes `catalog.qualification.published.v1`
Consumes  nothing
"""
