"""The reads of the applications service.

dossiers  one application and all that belongs to it
lists     lists of applications, the queue
limits    the time limits that run
"""
