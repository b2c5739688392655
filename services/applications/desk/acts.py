"""What somebody of a centre or a council can do with a case: its acts, the first one first.

Each act has a page with one form, `/cases/<number>/<act>`, which runs a step of the procedure. A
form can do what the step's route does, and nothing else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from services.applications.application.status import TRANSITIONS, Command, Status
from services.applications.desk import forms
from services.applications.desk.forms import BodyReader, FieldPatterns
from services.applications.dossier.steps import STEPS
from shared.pages.forms import FormFields
from shared.principal import Scope
from shared.web.steps import Step

REVIEW_COMMANDS = {
    "admit": Command.ADMIT,
    "return": Command.RETURN,
    "decline": Command.DECLINE,
}

DIFFERENT_PATTERN = (r"/different_people.*", "")
"""Which names are two people's stands in no field of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act: the step that it runs, the commands of which one is taken, how its form is read.

    `field_patterns` lead from what is wrong in the body to the form's field. `least_rows` are the
    rows that an empty form shows. What `is_checked` is shown once more before it is done.
    """

    name: str
    step_name: str
    commands: Collection[Command]
    read_body: BodyReader
    field_patterns: FieldPatterns = ()
    least_rows: Mapping[str, int] = field(default_factory=dict)
    is_checked: bool = False

    @property
    def step(self) -> Step:
        """The step of the procedure."""
        return STEPS[self.step_name]

    @property
    def scope(self) -> Scope:
        """The scope that it asks for."""
        return self.step.scopes[0]

    @property
    def takes_review(self) -> bool:
        """Whether it may also begin the review, when nobody has."""
        return self.step_name == "review"

    def is_possible(self, status: Status) -> bool:
        """Whether the act can be done in this status."""
        allowed_commands = set(TRANSITIONS.allowed_commands(status))
        if self.takes_review and Command.BEGIN_REVIEW in allowed_commands:
            return True
        return bool(allowed_commands & set(self.commands))

    def locate_field(self, pointer: str, fields: FormFields) -> str:
        """The form's field for a JSON pointer into the body; blank where there is none."""
        if pointer == "/starts_at":
            return forms.locate_start(fields)
        return forms.locate_field(pointer, self.field_patterns)

    def target_statuses(self) -> set[Status]:
        """The statuses to which the act leads."""
        return {
            TRANSITIONS.next_status(status, command)
            for status in Status
            for command in TRANSITIONS.allowed_commands(status)
            if command in self.commands
        }


def _review_act(outcome: str, read_body: BodyReader, **members: object) -> Act:
    return Act(
        name=outcome,
        step_name="review",
        commands=(REVIEW_COMMANDS[outcome],),
        read_body=read_body,
        **members,  # type: ignore[arg-type]
    )


_ALL_ACTS: Sequence[Act] = (
    _review_act("admit", forms.read_admission),
    _review_act(
        "return",
        forms.read_return,
        field_patterns=(
            (r"/remarks/(\d+)/text", r"remark-\1-text"),
            (r"/remarks/(\d+)(?:/\w+)?", r"remark-\1-about"),
            (r"/remarks", "remark-0-text"),
        ),
        least_rows={"remark": 1},
    ),
    _review_act("decline", forms.read_decline),
    Act(
        name="review-start",
        step_name="begin-review",
        commands=(Command.BEGIN_REVIEW,),
        read_body=forms.read_review_start,
    ),
    Act(
        name="examination",
        step_name="record-examination",
        commands=(Command.RECORD_EXAMINATION,),
        read_body=forms.read_examination,
        field_patterns=(
            (r"/(theory|practice)/held_on", r"\1_on"),
            (r"/(theory|practice)/scores/(\d+)/(\w+)", r"\1-\2-\3"),
            (r"/(theory|practice)/maximum_points", r"\1_maximum"),
            (r"/(theory|practice|total)(?:_threshold|/threshold)(?:/points)?", r"\1_threshold"),
            (r"/(theory|practice|total)(?:_threshold|/threshold)/comparator", r"\1_comparator"),
            (r"/(theory|practice)(?:/scores.*)?", r"\1-0-points"),
            (r"/commission/(\d+)(?:/\w+)?", r"commission-\1-name"),
            (r"/commission", "commission-0-name"),
            DIFFERENT_PATTERN,
        ),
        least_rows={"theory": 1, "practice": 1, "commission": 2, "different": 0},
        is_checked=True,
    ),
    Act(
        name="appointment",
        step_name="schedule",
        commands=(Command.SCHEDULE,),
        read_body=forms.read_appointment,
        field_patterns=((r"/agreed_with.*", "agreed-applicant"),),
    ),
    Act(
        name="no-show",
        step_name="record-no-show",
        commands=(Command.RECORD_NO_SHOW,),
        read_body=forms.read_nothing,
    ),
    Act(
        name="closure",
        step_name="close",
        commands=(Command.CLOSE,),
        read_body=forms.read_nothing,
    ),
    Act(
        name="dispatch",
        step_name="send-to-council",
        commands=(Command.SEND_TO_COUNCIL,),
        read_body=forms.read_dispatch,
    ),
    Act(
        name="decision",
        step_name="decide",
        commands=(Command.CERTIFY, Command.REFUSE),
        read_body=forms.read_decision,
        field_patterns=(
            (r"/members/(\d+)", r"member-\1-name"),
            (r"/members", "member-0-name"),
            DIFFERENT_PATTERN,
        ),
        least_rows={"member": 2, "different": 0},
        is_checked=True,
    ),
    Act(
        name="delivery",
        step_name="hand-over",
        commands=(Command.HAND_OVER,),
        read_body=forms.read_delivery,
    ),
)

ACTS: Mapping[str, Act] = {act.name: act for act in _ALL_ACTS}
"""By name, which is the last part of the page's address; the first possible one comes first."""
