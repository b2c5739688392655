"""The client for asyncio. The other one, without it, is made of this file when it is packed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from datetime import date
from io import BytesIO
from typing import Any, Self
from uuid import UUID, uuid4

import httpx

from attesta_client import applications, catalog, certificates
from attesta_client.access import BearerToken, Token
from attesta_client.certificates.api.registry import get_feed
from attesta_client.certificates.api.rosters import list_events
from attesta_client.certificates.api.verification import (
    cancel_verification_job,
    create_verification_job,
    get_verification_job,
    stream_job_answers,
    verify_certificate,
    verify_certificates,
)
from attesta_client.certificates.models import (
    FeedEntryAnswer,
    FeedPageAnswer,
    JobAnswer,
    NamedQuestion,
    PersonNames,
    Question,
    RowAnswer,
    RowAnswerList,
    VerificationAnswer,
)
from attesta_client.certificates.types import UNSET, File
from attesta_client.chain import EMPTY_CHAIN, ChainBroken, check_entries
from attesta_client.events import RosterEvent, read_events
from attesta_client.problems import AnswerBroken, JobCancelled, check_answer, read_answer

PrintedCertificate = tuple[str, date]
"""A certificate by its number and date of issue, as printed."""
NamedCertificate = tuple[str, date, PersonNames]
"""The same with a person's names: the answer says whether it is of the person so called."""
MOST_ATTEMPTS = 5
"""How often a stream that is broken off without a new line is asked for."""


def _describe_question(
    number: str, issued_on: date, name: PersonNames | None = None
) -> dict[str, Any]:
    question = NamedQuestion(number=number, issued_on=issued_on, name=name or UNSET)
    return question.to_dict()


class AsyncAttesta:
    """The platform at an address, for a holder of a token; verification needs none.

    `certificates`, `applications` and `catalog` are clients for the generated operations.
    """

    def __init__(self, site: str, token: Token = None, *, timeout_seconds: float = 90.0) -> None:
        """A timeout must be above what `events` waits, at most 60 seconds."""
        self.http = httpx.AsyncClient(
            base_url=site, auth=BearerToken(token), timeout=timeout_seconds
        )
        self.certificates = certificates.AuthenticatedClient(base_url=site, token="")
        self.applications = applications.AuthenticatedClient(base_url=site, token="")
        self.catalog = catalog.AuthenticatedClient(base_url=site, token="")
        for client in (self.certificates, self.applications, self.catalog):
            client.set_async_httpx_client(self.http)

    async def __aenter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self.http.aclose()

    async def verify(
        self, number: str, issued_on: date, *, on: date | None = None, with_evidence: bool = False
    ) -> VerificationAnswer:
        """The verdict on one certificate today, or on a past day."""
        answer = await verify_certificate.asyncio_detailed(
            client=self.certificates,
            number=number,
            issued_on=issued_on,
            on=on or UNSET,
            with_evidence=with_evidence,
        )
        return read_answer(answer, VerificationAnswer)

    async def verify_many(
        self,
        questions: Iterable[PrintedCertificate],
        *,
        on: date | None = None,
        with_evidence: bool = False,
    ) -> list[RowAnswer]:
        """A row for each of up to a thousand questions, in their order; a bad one has `errors`."""
        rows = [Question(number=number, issued_on=day) for number, day in questions]
        answer = await verify_certificates.asyncio_detailed(
            client=self.certificates, body=rows, on=on or UNSET, with_evidence=with_evidence
        )
        return read_answer(answer, RowAnswerList).items

    async def begin_verification(
        self,
        questions: Iterable[PrintedCertificate | NamedCertificate],
        *,
        on: date | None = None,
        with_evidence: bool = False,
        idempotency_key: str | None = None,
    ) -> "AsyncVerificationJob":
        """A job of up to a hundred thousand questions. The same key is the same job."""
        lines = (json.dumps(_describe_question(*question)) for question in questions)
        answer = await create_verification_job.asyncio_detailed(
            client=self.certificates,
            body=File(BytesIO("\n".join(lines).encode())),
            on=on or UNSET,
            with_evidence=with_evidence,
            idempotency_key=idempotency_key or str(uuid4()),
        )
        return AsyncVerificationJob(self, read_answer(answer, JobAnswer).id)

    async def feed(
        self, position: int = 0, chain: str = EMPTY_CHAIN, *, pause_seconds: float | None = None
    ) -> AsyncIterator[FeedEntryAnswer]:
        """The registry's entries after a position, each page proved before it is handed over.

        Keep `position` and `chain` of the last entry together with it, and go on from there. Ends
        at the last entry that there is, or goes on asking after pauses. Raises `ChainBroken`, at
        the end also where a content is absent and no later entry tells of its erasure.
        """
        absent: frozenset[UUID] = frozenset()
        while True:
            answer = await get_feed.asyncio_detailed(client=self.certificates, after=position)
            page = read_answer(answer, FeedPageAnswer)
            absent = check_entries(
                page.items,
                position=position,
                chain=chain,
                before_chain=page.before_chain,
                after_chain=page.after_chain,
                absent=absent,
            )
            for entry in page.items:
                yield entry
            position, chain = position + len(page.items), page.after_chain
            if not page.items:
                if absent:
                    raise ChainBroken("a content is absent, and nothing says that it was erased")
                if pause_seconds is None:
                    return
                await asyncio.sleep(pause_seconds)

    async def events(
        self, subscription_id: UUID, after: int = 0, *, wait_seconds: float = 0.0
    ) -> AsyncIterator[RosterEvent]:
        """The events of a roster after a number, without a gap. Raises `EventsMissing`.

        Ends at the last one that there is, once `wait_seconds` have passed without another.
        """
        while True:
            answer = await list_events.asyncio_detailed(
                subscription_id, client=self.certificates, after=after, wait=wait_seconds
            )
            check_answer(answer)
            contents = json.loads(answer.content)["items"]
            for event in read_events(contents, after):
                yield event
            if not contents:
                return
            after += len(contents)


class AsyncVerificationJob:
    """A job of verification: how far it is, and its answers as they come."""

    def __init__(self, attesta: AsyncAttesta, job_id: UUID) -> None:
        """A job that was begun earlier is taken up by its `id`."""
        self._attesta = attesta
        self.id = job_id

    async def progress(self) -> JobAnswer:
        """How many rows are `done` of the `total`."""
        answer = await get_verification_job.asyncio_detailed(
            self.id, client=self._attesta.certificates
        )
        return read_answer(answer, JobAnswer)

    async def cancel(self) -> JobAnswer:
        """Has no more rows answered; raises `Refused` where all are answered already."""
        answer = await cancel_verification_job.asyncio_detailed(
            self.id, client=self._attesta.certificates
        )
        return read_answer(answer, JobAnswer)

    async def answers(
        self, after: int = 0, *, pause_seconds: float = 1.0
    ) -> AsyncIterator[RowAnswer]:
        """A row for each question after a row, in their order, to the last one of the job.

        Waits for rows that are not answered yet, and goes on where an answer was broken off.
        Raises `AnswerBroken`; `JobCancelled` after the rows that were answered before.
        """
        attempts_left = MOST_ATTEMPTS
        while attempts_left:
            attempts_left -= 1
            end: dict[str, Any] = {}
            request = stream_job_answers._get_kwargs(self.id, after=after)  # noqa: SLF001
            try:
                async with self._attesta.http.stream(**request) as response:
                    if not response.is_success:
                        await response.aread()
                        check_answer(response)
                    async for line in response.aiter_lines():
                        content = json.loads(line)
                        if content.get("end"):
                            end = content
                        else:
                            row = RowAnswer.from_dict(content)
                            yield row
                            after, attempts_left = row.row, MOST_ATTEMPTS
            except (httpx.TransportError, json.JSONDecodeError):
                end = {}
            if end:
                attempts_left = MOST_ATTEMPTS
                if after >= end["total"]:
                    return
                await self._check_cancellation(after)
            await asyncio.sleep(pause_seconds)
        raise AnswerBroken(f"the answers after {after} of the job {self.id} do not come")

    async def _check_cancellation(self, after: int) -> None:
        """Raises `JobCancelled` where no row after this one will be answered."""
        progress = await self.progress()
        if progress.done == after and progress.cancelled_at is not None:
            raise JobCancelled(f"the job {self.id} was cancelled after {after} rows")
