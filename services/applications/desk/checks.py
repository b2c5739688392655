"""The page before an act that cannot be undone: what was understood, what follows, its button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from services.applications.application.queries import (
    get_application,
    get_latest,
    get_published_version,
)
from services.applications.application.status import TRANSITIONS, Command
from services.applications.decision.days import check_decision_day
from services.applications.decision.operations import check_decision
from services.applications.decision.recertified import check_recertified_holder
from services.applications.decision.schemas import DecisionRequest
from services.applications.desk.act_forms import drop_control_fields
from services.applications.desk.acts import Act
from services.applications.desk.case_view import CaseView, read_case_view
from services.applications.desk.history_sentences import say_different_people
from services.applications.desk.rendering import SITE, say_number
from services.applications.desk.thresholds import list_threshold_rows
from services.applications.documents.dependencies import get_application_resources
from services.applications.examination.models import Examination
from services.applications.examination.operations import check_examiners
from services.applications.examination.protocol import build_examination, list_part_points
from services.applications.examination.rules import PartResult
from services.applications.examination.schemas import ExaminationRequest, Score
from services.applications.settings import ApplicationsContext
from shared.clock import add_period
from shared.errors import check_version
from shared.locale.translator import Translator
from shared.pages.preferences import page_language
from shared.principal import Principal
from shared.web.resources import get_resources


@dataclass(frozen=True, slots=True)
class Check:
    """What the page says: the rows of answers, what follows, and the label of the button."""

    rows: Sequence[Mapping[str, str]]
    consequence: str
    button: str


async def render_check_page(
    request: Request,
    context: ApplicationsContext,
    act: Act,
    application_id: UUID,
    caller: Principal,
    body: BaseModel,
    fields: Mapping[str, str],
) -> HTMLResponse:
    """What was typed as it was understood; nothing is written.

    Raises what the step itself would: `StaleVersion`, `IllegalTransition`, `RuleViolation`.
    """
    resources = get_application_resources(request)
    t = get_resources(request).languages[page_language(request)]
    view = await read_case_view(
        context.session, resources.settings, context.now, application_id, caller
    )
    if isinstance(body, ExaminationRequest):
        check = await _describe_protocol(t, context, view, body)
    else:
        assert isinstance(body, DecisionRequest), "no other act is checked"
        check = await _describe_decision(t, context, view, body)
    return SITE.render_page(
        request,
        "check.html",
        view=view,
        application=view.application,
        act=act,
        hidden_fields={
            **drop_control_fields(fields),
            "revision": fields.get("revision", ""),
            "history": fields.get("history", ""),
        },
        language_form="act",
        check=check,
    )


async def _describe_protocol(
    t: Translator, context: ApplicationsContext, view: CaseView, body: ExaminationRequest
) -> Check:
    """The protocol with the results to which its points lead. Raises as the step."""
    application = await get_application(context.session, view.application.id)
    check_version(application.revision, context.expected_revision)
    TRANSITIONS.next_status(application.status, Command.RECORD_EXAMINATION)
    check_examiners(application, body)
    examination = await build_examination(context, application, body)
    rows = [
        (t("field.protocol_number"), body.protocol_number),
        (t("field.instrument"), body.instrument),
        *_list_part_rows(t, "theory", body.theory.held_on, body.theory.scores),
    ]
    if body.practice is not None:
        rows += _list_part_rows(t, "practice", body.practice.held_on, body.practice.scores)
    total_threshold = body.total_threshold if body.practice is not None else None
    rows += list_threshold_rows(
        t, list_part_points(body), total_threshold.read_threshold() if total_threshold else None
    )
    rows += [
        (t("field.commission"), "; ".join(_name_examiner(t, member) for member in body.commission)),
        (t("field.different"), say_different_people(t, body.different_people)),
        (t("case.materials"), str(len(body.materials)) if body.materials else None),
    ]
    return Check(
        _build_rows(rows), t(f"check.examination.{examination.result}"), t("act.examination")
    )


def _list_part_rows(
    t: Translator, part: str, held_on: object, scores: list[Score]
) -> list[tuple[str, str | None]]:
    part_name = t(f"part.{part}")
    rows: list[tuple[str, str | None]] = [(f"{part_name}: {t('field.day')}", t.format_day(held_on))]  # type: ignore[arg-type]
    return [*rows, *((f"{part_name}: {score.criterion}", _say_score(t, score)) for score in scores)]


def _say_score(t: Translator, score: Score) -> str:
    points = say_number(t, score.points)
    if score.required_points is None:
        return points
    result = PartResult.PASSED if score.task_points.is_met else PartResult.FAILED
    required_points = say_number(t, score.required_points)
    return t(f"check.score.{result}", points=points, required_points=required_points)


def _name_examiner(t: Translator, member: object) -> str:
    name = str(getattr(member, "name", ""))
    return t("check.examiner.staff", name=name) if getattr(member, "own_staff", False) else name


async def _describe_decision(
    t: Translator, context: ApplicationsContext, view: CaseView, body: DecisionRequest
) -> Check:
    """The decision, and the document that comes of it. Raises as the step."""
    application = await get_application(context.session, view.application.id)
    check_version(application.revision, context.expected_revision)
    command = Command.CERTIFY if body.outcome == "certify" else Command.REFUSE
    TRANSITIONS.next_status(application.status, command)
    examination = await get_latest(context.session, Examination, application.id)
    assert examination is not None, "the lifecycle lets only examined applications through"
    version = await get_published_version(context.session, application)
    await check_decision_day(context, application.id, body.decided_on, examination.held_on)
    check_decision(context, application, body, examination, version)
    await check_recertified_holder(context.session, application, body)
    valid_until = add_period(context.today, view.application.qualification.validity_term)
    rows = [
        (t("case.person"), view.person),
        (t("case.qualification"), view.application.qualification.name),
        (t("field.outcome"), t(f"outcome.{body.outcome}")),
        (t("field.recommendation"), body.recommendation),
        (t("field.decided_on"), t.format_day(body.decided_on)),
        (t("field.protocol_number"), body.protocol_number),
        (t("field.members"), "; ".join(body.members)),
        (t("field.different"), say_different_people(t, body.different_people)),
    ]
    if body.same_holder is not None:
        rows.append(
            (t("field.same_holder"), t("same_holder.yes" if body.same_holder else "same_holder.no"))
        )
    return Check(
        _build_rows(rows),
        t(f"check.decision.{body.outcome}", day=t.format_day(valid_until)),
        t(f"act.{body.outcome}"),
    )


def _build_rows(rows: list[tuple[str, str | None]]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows if value]
