"""The tables of jobs: the same two exist in every service's database."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, PrimaryKeyConstraint, Table, Text

from shared.columns import Instant
from shared.db import new_metadata

metadata = new_metadata()

job_state = Table(
    "job_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("every_seconds", Float, nullable=False),
    Column("last_success_at", Instant),
    Column("last_failure_at", Instant),
    Column("failure", Text, comment="of the last round, where it failed"),
    Column("backlog", BigInteger, nullable=False, server_default="0"),
    Column("cursor", Text, comment="from where a job that takes many rounds goes on"),
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("job", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="the id of the row"),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("set_aside_at", Instant, nullable=False),
    Column("retry_at", Instant, nullable=False),
    Column("trace_id", Text, comment="of the round that failed last"),
    PrimaryKeyConstraint("job", "subject"),
)
Index("ix_set_aside_retry", set_aside.c.job, set_aside.c.retry_at)
