"""The SQL of the jobs' tables for migrations: the same in every service's database.

A released function here is history and never changes; a change of the tables is a new function,
called by a new migration of each service.
"""

from alembic import op

_CREATE_TABLES_V1 = """
CREATE TABLE job_state (
    name text CONSTRAINT pk_job_state PRIMARY KEY,
    every_seconds double precision NOT NULL,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    failure text,
    backlog bigint NOT NULL DEFAULT 0,
    cursor text
);
COMMENT ON COLUMN job_state.failure IS 'of the last round, where it failed';
COMMENT ON COLUMN job_state.cursor IS 'from where a job that takes many rounds goes on';

CREATE TABLE set_aside (
    job text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    set_aside_at timestamptz NOT NULL,
    retry_at timestamptz NOT NULL,
    trace_id text,
    CONSTRAINT pk_set_aside PRIMARY KEY (job, subject)
);
COMMENT ON COLUMN set_aside.subject IS 'the id of the row';
COMMENT ON COLUMN set_aside.trace_id IS 'of the round that failed last';
CREATE INDEX ix_set_aside_retry ON set_aside (job, retry_at);
"""


def create_v1() -> None:
    """Creates the tables of job states and of rows set aside."""
    for statement in filter(str.strip, _CREATE_TABLES_V1.split(";\n")):
        op.execute(statement)
