"""What the page of a case shows: who and what, how far it is, what can be done, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.policy import may_reach
from services.applications.application.models import Application, History
from services.applications.application.queries import get_application, list_history
from services.applications.application.status import Command, Status
from services.applications.desk.acts import ACTS, Act
from services.applications.desk.checklist import (
    MissingDocument,
    list_missing_documents,
    list_titles,
)
from services.applications.desk.stages import Stage, StageState, list_stages
from services.applications.desk.thresholds import list_recorded_thresholds
from services.applications.documents.rules import MATERIAL_KIND
from services.applications.dossier.answers import build_application_answer
from services.applications.dossier.queries import get_dossier
from services.applications.dossier.schemas import ApplicationAnswer
from services.applications.examination.rules import PartResult
from services.applications.limits.answers import build_limit_answer
from services.applications.limits.rules import LimitState
from services.applications.limits.schemas import TimeLimitAnswer
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.locale.translator import Translator
from shared.principal import Principal, Scope

RUNNING_STATES = (LimitState.RUNNING, LimitState.AT_RISK, LimitState.LATE)
ATTACHING_COMMANDS = {Command.ATTACH_DOCUMENT, Command.ATTACH_MATERIAL}


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one reader sees it at one instant.

    `acts` are those that the reader can do now, the first one first; `limit` is the one that
    presses: the nearest of those whose turn it is.
    """

    application: ApplicationAnswer
    reader: Principal
    today: date
    acts: Sequence[Act]
    can_attach: bool
    is_centre: bool
    stages: Sequence[StageState]
    missing_documents: Sequence[MissingDocument]
    kind_titles: dict[str, str]
    history: Sequence[History]
    limit: TimeLimitAnswer | None

    @property
    def path(self) -> str:
        """The page's path, below the language."""
        return f"/cases/{self.application.number}"

    @property
    def person(self) -> str:
        """The applicant's name in one line; blank once the file was erased."""
        applicant = self.application.applicant
        names = (applicant.family_name, applicant.given_name, applicant.patronymic)
        return " ".join(name for name in names if name)

    @property
    def has_passed(self) -> bool:
        """Whether the examination was passed."""
        examination = self.application.examination
        return examination is not None and examination.result == PartResult.PASSED

    def list_thresholds(self, t: Translator) -> list[tuple[str, str]]:
        """The thresholds of the examination, each with its outcome in words."""
        examination = self.application.examination
        return list_recorded_thresholds(t, examination) if examination is not None else []

    @property
    def materials(self) -> list[UUID]:
        """The documents that are materials of the examination."""
        documents = self.application.documents
        return [document.id for document in documents if document.kind == MATERIAL_KIND]

    @property
    def last_history_id(self) -> int:
        """The id of the history's last line; 0 without any."""
        return (self.history[-1].id or 0) if self.history else 0


async def read_case_view(
    session: AsyncSession,
    settings: ApplicationsSettings,
    now: datetime,
    application_id: UUID,
    reader: Principal,
) -> CaseView:
    """The case with everything that its pages show to this reader. Raises `NotFound`."""
    application = await get_application(session, application_id)
    today = civil_date(now, settings.time_zone)
    dossier = await get_dossier(session, application)
    is_centre = may_reach(reader, Scope.PROCESS, application)
    answer = build_application_answer(dossier, settings, today, with_identity=is_centre)
    limits = [build_limit_answer(limit, today) for limit in dossier.limits]
    return CaseView(
        application=answer,
        reader=reader,
        today=today,
        acts=list_acts(application, answer, reader, now),
        can_attach=is_centre and bool(ATTACHING_COMMANDS & set(answer.allowed_commands)),
        is_centre=is_centre,
        stages=list_stages(application.status, _find_reached_stage(answer)),
        missing_documents=list_missing_documents(answer.check),
        kind_titles=list_titles(answer.check),
        history=await list_history(session, application_id),
        limit=_find_pressing_limit(limits, answer.acts_next),
    )


def list_acts(
    application: Application, answer: ApplicationAnswer, reader: Principal, now: datetime
) -> list[Act]:
    """What this reader can do with the case now, the first act first."""
    return [
        act
        for act in ACTS.values()
        if may_reach(reader, act.scope, application)
        and act.is_possible(application.status)
        and not _has_to_wait(act, answer, now)
    ]


def _has_to_wait(act: Act, answer: ApplicationAnswer, now: datetime) -> bool:
    """Whether the status allows the act, but something else is missing for it."""
    if act.name == "admit":
        return not answer.check.satisfied
    if act.name == "no-show":
        return answer.appointment is not None and now < answer.appointment.starts_at
    return False


def _find_reached_stage(answer: ApplicationAnswer) -> Stage:
    """The stage that a case which has ended had come to the end of."""
    if answer.status is Status.CLOSED and answer.decision is not None:
        return Stage.DOCUMENT
    if answer.admitted_on is not None:
        return Stage.REVIEW
    return Stage.APPLICATION


def _find_pressing_limit(
    limits: Sequence[TimeLimitAnswer], responsible: str | None
) -> TimeLimitAnswer | None:
    """The running limit that ends first, before all of those whose turn it is."""
    running_limits = [limit for limit in limits if limit.state in RUNNING_STATES]
    return min(
        running_limits,
        key=lambda limit: (limit.responsible != responsible, limit.due_on),
        default=None,
    )
