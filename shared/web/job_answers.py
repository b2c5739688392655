"""The answers of a job of many rows over HTTP: streamed as far as it is, with a tag."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from shared.db import Pool
from shared.row_jobs import RowJobs
from shared.schemas import MAX_INTEGER
from shared.web.conditional import apply_etag, etag
from shared.web.contents import LineStream

LastRow = Annotated[
    int, Query(ge=0, le=MAX_INTEGER, description="the last row that you have; 0 from the start")
]
"""After which row answers are streamed."""


def stream_rows(
    request: Request, row_jobs: RowJobs[Any], job: Any, pool: Pool, after: int
) -> Response:
    """The job's answers after a row; 304 where the client has the same, as far as the job is."""
    lines = row_jobs.stream_answers(pool, job.id, after_row=after, done=job.done, total=job.total)
    response = LineStream(lines)
    return apply_etag(request, response, etag(job.done, job.total)) or response
