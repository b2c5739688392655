"""The tables of applications: the form, its procedure, the limits of law, appeals, erasure."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from shared.job_states import schema as job_schema
from shared.messaging import schema

revision = "applications_0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)

FIRST_CONSENT_TEXT = (
    "Я даю согласие на обработку моих персональных данных, указанных в заявлении и приложенных "
    "документах, для проведения независимой оценки квалификации по Федеральному закону от "
    "03.07.2016 № 238-ФЗ: фамилия, имя, отчество, дата рождения, документ, удостоверяющий "
    "личность, адрес, контакты, образование, опыт работы, результаты экзамена, сведения о "
    "свидетельстве и запись в реестре. Согласие действует, пока не отозвано."
)


def upgrade() -> None:
    schema.create_v1()
    job_schema.create_v1()
    op.execute("CREATE SEQUENCE case_serial")
    op.execute("CREATE SEQUENCE statement_serial")
    op.execute("CREATE SEQUENCE erasure_serial")
    _create_application()
    _create_disclosure()
    _create_form_draft()
    _create_intake()
    _create_document()
    _create_procedure()
    _create_appeal()
    _create_limits()
    _create_letters()
    _create_digests()
    _create_erasure()


def _columns(kind: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def _serial() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)


def _enumeration(column: str, check: str, values: str, *, nullable: bool = False) -> sa.Column[str]:
    """A column that takes these values, which are separated by spaces."""
    kind = sa.Enum(
        *values.split(), name=op.f(check), native_enum=False, create_constraint=True, length=60
    )
    return sa.Column(column, kind, nullable=nullable)


def _create_indexes(table: str, condition: str | None = None, **columns_by_name: str) -> None:
    """Indexes of a table by what they are for; their columns are separated by spaces.

    `condition` says which rows they hold; without one, all.
    """
    where = None if condition is None else sa.text(condition)
    for name, columns in columns_by_name.items():
        op.create_index(f"ix_{table}_{name}", table, columns.split(), postgresql_where=where)


def _create_protocol_index(table: str) -> None:
    """An index of a table's protocols as people type them, in small letters or capitals."""
    name = f"ix_{table}_protocol"
    op.create_index(name, table, [sa.text("lower(protocol_number::text)")])


def _of_application(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_application_id"
    return sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=name)


def _create_application() -> None:
    op.create_table(
        "qualification_version",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_qualification_version"),
    )
    op.create_table(
        "qualification_withdrawal",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("withdrawn_from", sa.Date, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_qualification_withdrawal"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String, nullable=False),
        _enumeration(
            "status",
            "ck_application_status",
            "draft submitted under_review returned admitted scheduled no_show examined with_council approved certified not_confirmed closed declined withdrawn",
        ),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("qualification_version", sa.Integer, nullable=False),
        sa.Column("council", sa.String, nullable=False),
        *_columns(sa.String, "family_name", "given_name", "patronymic", nullable=True),
        sa.Column("name_words", TSVECTOR),
        sa.Column("birth_date", sa.Date),
        *_columns(
            sa.String, "email", "phone", "address", "postal_address", "notify_by", nullable=True
        ),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("identity_document", sa.LargeBinary),
        sa.Column("identity_key", sa.String),
        sa.Column("payer", JSONB),
        sa.Column("employer_number", sa.String),
        *_columns(JSONB, "representative", "recertifies", nullable=True),
        sa.Column("previous_id", sa.Uuid),
        sa.Column("applicant_subject", sa.String),
        *_columns(sa.String, "centre_number", "centre_name"),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        *_columns(sa.String, "reviewer", "reviewer_subject", nullable=True),
        *_columns(sa.Date, "admitted_on", "closed_on", "kept_until", "erased_on", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.ForeignKeyConstraint(
            ["qualification_id", "qualification_version"],
            ["qualification_version.id", "qualification_version.version"],
            name="fk_application_qualification_version",
        ),
        sa.UniqueConstraint("number", name="uq_application_number"),
    )
    op.create_index(
        "ix_application_name_words", "application", ["name_words"], postgresql_using="gin"
    )
    _create_indexes(
        "application",
        "closed_on IS NULL",
        open="submitted_at id",
        open_by_centre="centre_number status submitted_at id",
        open_by_council="council status submitted_at id",
        open_by_reviewer="reviewer_subject status",
        open_by_birth="birth_date qualification_id",
    )
    _create_indexes(
        "application",
        "closed_on IS NOT NULL",
        closed="closed_on id",
        closed_by_centre="centre_number closed_on id",
        closed_by_council="council closed_on id",
    )
    _create_indexes(
        "application",
        by_applicant="applicant_subject submitted_at id",
        by_centre="centre_number submitted_at id",
        by_employer="employer_number submitted_at id",
        by_qualification="qualification_id submitted_at id",
        by_status="status submitted_at id",
        identity_key="identity_key",
        listing="submitted_at id",
    )
    _create_indexes("application", "erased_on IS NULL", kept_until="kept_until id")
    op.create_index(
        "ix_application_recertifies",
        "application",
        [sa.text("(recertifies ->> 'number')")],
        postgresql_where=sa.text("recertifies IS NOT NULL"),
    )
    op.create_table(
        "history",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *_columns(sa.String, "actor", "command"),
        _enumeration(
            "from_status",
            "ck_history_from_status",
            "draft submitted under_review returned admitted scheduled no_show examined with_council approved certified not_confirmed closed declined withdrawn",
            nullable=True,
        ),
        _enumeration(
            "to_status",
            "ck_history_to_status",
            "draft submitted under_review returned admitted scheduled no_show examined with_council approved certified not_confirmed closed declined withdrawn",
        ),
        sa.Column("detail", sa.String),
        sa.Column("facts", JSONB),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        _of_application("history"),
    )
    _create_indexes(
        "history",
        application="application_id id",
    )


def _create_disclosure() -> None:
    op.create_table(
        "disclosure",
        _serial(),
        sa.Column("application_id", sa.Uuid),
        sa.Column("disclosed_at", INSTANT, nullable=False),
        *_columns(sa.String, "subject", "scope", "resource"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
        _of_application("disclosure"),
    )
    _create_indexes(
        "disclosure",
        application="application_id id",
    )


def _create_form_draft() -> None:
    op.create_table(
        "form_draft",
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("sealed_fields", sa.LargeBinary, nullable=False),
        sa.Column("sealing_key", sa.String, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "application_id", "act", name="pk_form_draft"),
        _of_application("form_draft"),
    )
    _create_indexes(
        "form_draft",
        application="application_id",
        saved="saved_at",
        sealing_key="sealing_key",
    )


def _create_intake() -> None:
    texts = op.create_table(
        "consent_text",
        *_columns(sa.String, "version", "text"),
        sa.Column("in_force_from", sa.Date, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_consent_text"),
    )
    op.execute(
        texts.insert().values(
            version="2025-09-01",
            text=FIRST_CONSENT_TEXT,
            in_force_from=sa.text("date '2025-09-01'"),
            recorded_at=sa.func.now(),
        )
    )
    op.create_table(
        "consent",
        *_columns(sa.Uuid, "id", "application_id"),
        sa.Column("text_version", sa.String, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        _of_application("consent"),
        sa.ForeignKeyConstraint(
            ["text_version"], ["consent_text.version"], name="fk_consent_text_version"
        ),
        sa.UniqueConstraint("application_id", name="uq_consent_application_id"),
    )


def _create_document() -> None:
    op.create_table(
        "document",
        *_columns(sa.Uuid, "id", "application_id"),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("months", sa.Integer),
        sa.Column("field", sa.String),
        *_columns(sa.String, "file_name", "media_type", "scan"),
        sa.Column("size", sa.Integer, nullable=False),
        *_columns(sa.String, "sha256", "object_key"),
        sa.Column("attached_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        _of_application("document"),
    )
    op.create_index(
        "uq_document_same",
        "document",
        ["application_id", "kind", "sha256", sa.text("coalesce(field, '')")],
        unique=True,
    )


def _create_procedure() -> None:
    op.create_table(
        "review",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("remarks", JSONB, nullable=False),
        sa.Column("reviewer", sa.String, nullable=False),
        sa.Column("reviewed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        _of_application("review"),
    )
    _create_indexes(
        "review",
        application="application_id id",
    )
    op.create_table(
        "appointment",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("agreed_on", sa.Date, nullable=False),
        sa.Column("agreed_with", JSONB, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        _of_application("appointment"),
    )
    _create_indexes(
        "appointment",
        application="application_id id",
    )
    op.create_table(
        "examination",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        *_columns(sa.Date, "began_on", "held_on"),
        _enumeration("theory", "ck_examination_theory", "passed failed"),
        _enumeration("practice", "ck_examination_practice", "passed failed", nullable=True),
        _enumeration("total", "ck_examination_total", "passed failed", nullable=True),
        sa.Column("total_threshold", JSONB),
        sa.Column("parts", JSONB, nullable=False),
        sa.Column("instrument", sa.String),
        sa.Column("protocol_number", sa.String, nullable=False),
        *_columns(JSONB, "commission", "materials"),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_examination"),
        _of_application("examination"),
    )
    _create_indexes(
        "examination",
        application="application_id id",
    )
    _create_protocol_index("examination")
    op.create_table(
        "decision",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, server_default="1"),
        sa.Column("examination_id", sa.BigInteger),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("protocol_number", sa.String, nullable=False),
        sa.Column("members", JSONB, nullable=False),
        *_columns(sa.String, "recommendation", "statement_number", nullable=True),
        sa.Column("statement_version", sa.Integer),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        _of_application("decision"),
        sa.ForeignKeyConstraint(
            ["examination_id"], ["examination.id"], name="fk_decision_examination_id"
        ),
        sa.UniqueConstraint("application_id", "ordinal", name="uq_decision_ordinal"),
        sa.UniqueConstraint("statement_number", name="uq_decision_statement_number"),
    )
    _create_indexes(
        "decision",
        application="application_id id",
    )
    _create_protocol_index("decision")
    op.create_table(
        "certificate",
        *_columns(sa.Uuid, "application_id", "certificate_id"),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("decision_ordinal", sa.Integer, nullable=False, server_default="1"),
        *_columns(sa.Date, "issued_on", "valid_until", "ends_on"),
        *_columns(sa.String, "centre_number", "council"),
        _enumeration(
            "final_kind",
            "ck_certificate_final_kind",
            "superseded annulled withdrawn",
            nullable=True,
        ),
        sa.Column("successor", sa.String),
        sa.Column("suspended_on", sa.Date),
        sa.PrimaryKeyConstraint("application_id", name="pk_certificate"),
        _of_application("certificate"),
        sa.UniqueConstraint("certificate_id", name="uq_certificate_certificate_id"),
    )
    _create_indexes(
        "certificate",
        number="number",
    )
    _create_indexes(
        "certificate",
        "final_kind IS NULL",
        ending="ends_on application_id",
        by_centre="centre_number ends_on",
        by_council="council ends_on",
    )
    op.create_table(
        "delivery",
        sa.Column("decision_id", sa.BigInteger, nullable=False),
        sa.Column("handed_over_on", sa.Date, nullable=False),
        sa.Column("handover_method", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_delivery"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_delivery_decision_id"),
    )
    op.create_table(
        "registry_entry",
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("record_number", sa.String, nullable=False),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "version", name="pk_registry_entry"),
        _of_application("registry_entry"),
    )
    _create_indexes(
        "registry_entry",
        application="application_id",
    )


def _create_appeal() -> None:
    op.create_table(
        "appeal",
        *_columns(sa.Uuid, "id", "application_id"),
        _enumeration(
            "status",
            "ck_appeal_appeal_status",
            "filed registered hearing_set decided sent executed withdrawn",
        ),
        sa.Column("revision", sa.Integer, nullable=False),
        _enumeration("appellant", "ck_appeal_appellant", "applicant employer payer representative"),
        sa.Column("appellant_name", sa.String),
        _enumeration(
            "ground",
            "ck_appeal_appeal_ground",
            "acceptance_refused result_disputed procedure_breached document_late_or_wrong registry_record_missing",
        ),
        sa.Column("explanation_text", sa.String),
        *_columns(sa.Date, "informed_on", "filed_on"),
        sa.Column("registration_number", sa.String),
        sa.Column("registered_on", sa.Date),
        sa.Column("hearing_at", INSTANT),
        sa.Column("hearing_notified_on", sa.Date),
        *_columns(sa.String, "place", "chair", nullable=True),
        sa.Column("members", JSONB),
        _enumeration(
            "outcome",
            "ck_appeal_appeal_outcome",
            "satisfied satisfied_partly refused",
            nullable=True,
        ),
        _enumeration(
            "remedy",
            "ck_appeal_remedy",
            "review_anew examine_anew decide_anew deliver rectify",
            nullable=True,
        ),
        sa.Column("reasons", sa.String),
        *_columns(sa.Date, "decided_on", "sent_on", "executed_on", nullable=True),
        *_columns(sa.Date, "reported_on", "registry_entered_on", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
        _of_application("appeal"),
    )
    _create_indexes(
        "appeal",
        application="application_id filed_on",
    )


def _create_limits() -> None:
    op.create_table(
        "time_limit",
        _serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("appeal_id", sa.Uuid),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        *_columns(sa.String, "centre_number", "responsible", "source"),
        sa.Column("sources", JSONB, nullable=False),
        *_columns(sa.Date, "begun_on", "counted_until", "at_risk_on", "due_on"),
        sa.Column("ended_on", sa.Date),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        *_columns(
            sa.Date, "at_risk_reported_on", "late_reported_on", "next_report_on", nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name="pk_time_limit"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_time_limit_appeal_id"),
        _of_application("time_limit"),
        sa.UniqueConstraint(
            "application_id",
            "appeal_id",
            "name",
            "round",
            name="uq_time_limit_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    _create_indexes(
        "time_limit",
        "ended_on IS NULL",
        at_risk="at_risk_on id",
        by_centre="centre_number due_on id",
        open="due_on id",
    )
    _create_indexes(
        "time_limit",
        application="application_id id",
        next="next_report_on id",
    )


def _create_letters() -> None:
    op.create_table(
        "letter",
        *_columns(sa.Uuid, "id", "notice_id", "application_id", "certificate_id"),
        sa.Column("number", sa.String, nullable=False),
        _enumeration(
            "kind",
            "ck_letter_letter_kind",
            "renewal_due expired extended shortened annulled withdrawn",
        ),
        sa.Column("day", sa.Date, nullable=False),
        *_columns(sa.Date, "window_starts_on", "window_ends_on", nullable=True),
        sa.Column("window_url", sa.String),
        _enumeration("recipient", "ck_letter_recipient", "holder"),
        _enumeration("channel", "ck_letter_letter_channel", "email phone post"),
        *_columns(sa.String, "language", "centre_number"),
        _enumeration(
            "state",
            "ck_letter_letter_state",
            "planned sending failed printed delivered bounced given_up suppressed",
        ),
        _enumeration(
            "reason",
            "ck_letter_letter_reason",
            "superseded extended shortened annulled withdrawn no_address consent_withdrawn erased renewal_in_hand overtaken unsubscribed",
            nullable=True,
        ),
        *_columns(INSTANT, "planned_at", "due_at", "next_attempt_at"),
        *_columns(INSTANT, "printed_at", "delivered_at", "bounced_at", nullable=True),
        sa.Column("handled_by", sa.String),
        sa.Column("claim_token", sa.Uuid),
        *_columns(sa.Integer, "attempts", "failures"),
        *_columns(sa.String, "failure", "trace_id", "address_hash", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        _of_application("letter"),
        sa.UniqueConstraint("notice_id", "recipient", "channel", name="uq_letter_once"),
    )
    _create_indexes(
        "letter",
        application="application_id",
        certificate="certificate_id planned_at",
        listing="planned_at id",
        number="number planned_at id",
        state="state planned_at id",
    )
    _create_indexes("letter", "reason IS NOT NULL", reason="reason planned_at id")
    _create_indexes(
        "letter",
        "state IN ('planned', 'sending', 'failed', 'printed')",
        open="channel next_attempt_at id",
    )
    _create_indexes(
        "letter",
        "state IN ('planned', 'printed') AND channel <> 'email'",
        by_hand="centre_number channel state due_at id",
    )
    _create_indexes("letter", "state = 'bounced'", bounced="centre_number bounced_at")
    _create_indexes(
        "letter", "state = 'planned' AND reason = 'renewal_in_hand'", waiting="next_attempt_at id"
    )
    op.create_table(
        "letter_token",
        sa.Column("token_hash", sa.String, nullable=False),
        sa.Column("letter_id", sa.Uuid, nullable=False),
        _enumeration("purpose", "ck_letter_token_token_purpose", "bounce unsubscribe renewal"),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("draft_id", sa.Uuid),
        sa.PrimaryKeyConstraint("token_hash", name="pk_letter_token"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_letter_token_letter_id"),
        sa.ForeignKeyConstraint(["draft_id"], ["application.id"], name="fk_letter_token_draft_id"),
    )
    _create_indexes("letter_token", letter="letter_id", ends="ends_on")
    op.create_table(
        "barred_address",
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("address_hash", sa.String, nullable=False),
        _enumeration("reason", "ck_barred_address_bar_reason", "refused bounced unsubscribed"),
        sa.Column("barred_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(
            "application_id", "address_hash", "reason", name="pk_barred_address"
        ),
        _of_application("barred_address"),
    )
    _create_indexes("barred_address", hash="address_hash")
    op.create_table(
        "notice_plan",
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("thresholds_days", sa.ARRAY(sa.Integer)),
        sa.PrimaryKeyConstraint("qualification_id", name="pk_notice_plan"),
    )
    op.create_table(
        "mail_route",
        _enumeration("channel", "ck_mail_route_mail_route_channel", "email phone post"),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("retry_at", INSTANT),
        sa.PrimaryKeyConstraint("channel", name="pk_mail_route"),
    )


def _create_digests() -> None:
    op.create_table(
        "office_contact",
        _enumeration("kind", "ck_office_contact_office_kind", "centre council"),
        *_columns(sa.String, "number", "email", "language"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("digest_on", sa.Date),
        sa.Column("digest_sent_at", INSTANT),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("claim_token", sa.Uuid),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failure", sa.String),
        sa.PrimaryKeyConstraint("kind", "number", name="pk_office_contact"),
    )
    _create_indexes("office_contact", due="next_attempt_at")
    op.create_table(
        "renewal_capacity",
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("council", sa.String, nullable=False),
        sa.Column("places_per_day", sa.Integer, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("qualification_id", name="pk_renewal_capacity"),
    )
    _create_indexes("renewal_capacity", council="council")


def _create_erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("act_number", sa.String, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("log", JSONB, nullable=False),
        sa.Column("swept_at", INSTANT),
        sa.PrimaryKeyConstraint("application_id", name="pk_erasure"),
        _of_application("erasure"),
        sa.UniqueConstraint("act_number", name="uq_erasure_act_number"),
    )
    op.create_index(
        "ix_erasure_unswept",
        "erasure",
        ["erased_at", "application_id"],
        postgresql_where=sa.text("swept_at IS NULL"),
    )
