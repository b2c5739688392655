"""Measures verification against the least that could answer the same question.

`make bench`: one run, one machine, one PostgreSQL. Each subject is compared with a peer: a bare
Starlette application that runs one statement through asyncpg and answers with the row as JSON.
"""
