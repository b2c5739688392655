"""Measures verification, validity and the event path against the least that could do the same.

`make bench`: one run, one machine, one PostgreSQL. Verification is compared with a bare Starlette
application that runs one statement through asyncpg and answers with the row as JSON; scan, start
and rehearsal with bare statements on as many rows.
"""
