"""The writes of the applications service: one function per use case. None commits.

steps      how every step begins and ends: lock, version, transition; status, history
intake     applications and their documents
procedure  from review to the certificate
read_model what the catalog published
"""
