"""The catalog: qualifications of the sector councils, as on the form of order 726n of 12.12.2016.

Owns      qualifications and their versions, from the draft to the withdrawal
Publishes `catalog.qualification.published.v1`, `catalog.qualification.withdrawn.v1`
Consumes  nothing
"""
