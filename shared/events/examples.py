"""One full example of every published event, of fixed values: for documents and golden files."""

from datetime import UTC, date, datetime
from uuid import UUID

from shared.events.applications import (
    ApplicationApproved,
    ApplicationNotConfirmed,
    AssessmentCentre,
    ExaminationScheduled,
    Holder,
    TimeLimitAtRisk,
    TimeLimitBroken,
)
from shared.events.base import Event
from shared.events.catalog import (
    JobTitle,
    LabourFunction,
    OccupationalStandard,
    QualificationContent,
    QualificationNoticePlanSet,
    QualificationPublished,
    QualificationWithdrawn,
)
from shared.events.certificates import (
    CertificateChanged,
    CertificateDuplicated,
    CertificateExpired,
    CertificateIssued,
    CertificateRenewalDue,
    RegistrationEntered,
    RegistrationRefused,
    RenewalCapacityChanged,
    RenewalDays,
    StatementIssued,
)
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule

_QUALIFICATION = QualificationContent(
    id=UUID("6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"),
    version=2,
    registry_number="07.01000.03",
    name="Оператор контактного центра",
    council="Совет по профессиональным квалификациям",
    occupational_standard=OccupationalStandard(
        code="07.010",
        title="Специалист по дистанционному информационно-справочному обслуживанию",
        order_number="163н",
        order_date=date(2018, 3, 19),
    ),
    further_standards=(OccupationalStandard(code="06.005", title="Инженер-радиоэлектронщик"),),
    level=3,
    sublevel="3.1",
    labour_functions=(
        LabourFunction(code="A/01.3", name="Информационно-справочная поддержка клиентов"),
        LabourFunction(code="A/01.3", name="Сопровождение сети", standard="06.005"),
    ),
    additional_information="Только для работы с гражданами",
    legal_requirement="238-ФЗ",
    additional_characteristics="Диспетчер контактного центра",
    job_titles=(
        JobTitle(title="Диспетчер", reference_book="eks", code="21629", grade="2 категория"),
    ),
    validity_term="P3Y",
)
_CERTIFICATE = {
    "certificate_id": UUID("0d9b8a56-6f57-44f2-8a5c-3f6f1a1a1a1a"),
    "number": "07.01000.03.00000042.29",
    "application_id": UUID("a1b2c3d4-0000-4000-8000-000000000001"),
    "qualification_id": _QUALIFICATION.id,
    "qualification_version": 2,
    "valid_until": date(2029, 3, 2),
    "ends_on": date(2029, 3, 2),
}
_REGISTRATION = {
    "application_id": UUID("a1b2c3d4-0000-4000-8000-000000000001"),
    "subject_id": UUID("0d9b8a56-6f57-44f2-8a5c-3f6f1a1a1a1a"),
    "subject": "certificate",
    "event": "issued",
    "position": 42,
}
_LIMIT = {
    "application_id": UUID("a1b2c3d4-0000-4000-8000-000000000001"),
    "appeal_id": UUID("0d9b8a56-6f57-44f2-8a5c-3f6f1a1a1a1b"),
    "centre_number": "78.041",
    "limit": "decision",
    "responsible": "council",
    "begun_on": date(2026, 2, 21),
    "due_on": date(2026, 3, 7),
}

EXAMPLES: list[Event] = [
    QualificationPublished(
        qualification=_QUALIFICATION,
        requirements=AllOf(
            title="Документы",
            parts=(
                DocumentRule(title="Диплом", kind="education_higher_bachelor"),
                AnyOf(
                    title="Опыт",
                    parts=(
                        ExperienceRule(
                            title="6 месяцев",
                            kind="experience_record",
                            fields=("quality_measurement", "resource_planning"),
                            months=6,
                        ),
                        ExperienceRule(
                            title="12 месяцев",
                            kind="experience_record",
                            fields=("remote_request_handling",),
                            months=12,
                        ),
                    ),
                ),
            ),
        ),
        published_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        effective_from=date(2026, 4, 1),
        change="substantive",
    ),
    QualificationWithdrawn(
        qualification_id=_QUALIFICATION.id,
        withdrawn_from=date(2028, 1, 1),
        reason="Профессиональный стандарт отменён",
    ),
    QualificationNoticePlanSet(
        qualification_id=_QUALIFICATION.id,
        revision=3,
        thresholds_days=(180, 60, 14),
        set_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    ),
    ApplicationApproved(
        application_id=UUID("a1b2c3d4-0000-4000-8000-000000000001"),
        holder=Holder(family_name="Белова", given_name="Анна", patronymic="Сергеевна"),
        qualification=_QUALIFICATION,
        centre=AssessmentCentre(number="78.041", name="ЦОК «Северо-Запад»"),
        decided_on=date(2026, 3, 1),
        decision_protocol="С-17",
        decision_ordinal=1,
        recertifies="07.01000.03.00000007.26",
    ),
    ApplicationNotConfirmed(
        application_id=UUID("a1b2c3d4-0000-4000-8000-000000000001"),
        holder=Holder(family_name="Белова", given_name="Анна", patronymic="Сергеевна"),
        qualification=_QUALIFICATION,
        centre=AssessmentCentre(number="78.041", name="ЦОК «Северо-Запад»"),
        decided_on=date(2026, 3, 1),
        decision_protocol="С-18",
        decision_ordinal=1,
        statement_number="78.041-000001-2026",
        statement_version=1,
        examined_from=date(2026, 2, 20),
        examined_to=date(2026, 2, 21),
        recommendation="Пройти обучение",
    ),
    ExaminationScheduled(
        application_id=UUID("a1b2c3d4-0000-4000-8000-000000000001"),
        qualification_id=_QUALIFICATION.id,
        centre_number="78.041",
        employer_number="7701234567",
        admitted_on=date(2026, 2, 10),
        place="Санкт-Петербург, ул. Галерная, д. 3",
        starts_at=datetime(2026, 2, 20, 9, 0, tzinfo=UTC),
        moved=False,
    ),
    TimeLimitAtRisk(**_LIMIT, noticed_on=date(2026, 3, 4)),
    TimeLimitBroken(**_LIMIT, noticed_on=date(2026, 3, 8)),
    CertificateIssued(**_CERTIFICATE, issued_on=date(2026, 3, 2), decision_ordinal=1),
    CertificateChanged(
        **_CERTIFICATE,
        kind="superseded",
        effective_on=date(2028, 12, 20),
        successor="07.01000.03.00000099.31",
    ),
    CertificateDuplicated(**_CERTIFICATE, issued_on=date(2027, 5, 11), ground="loss"),
    StatementIssued(
        application_id=UUID("a1b2c3d4-0000-4000-8000-000000000001"),
        number="78.041-000001-2026",
        issued_on=date(2026, 3, 2),
    ),
    RegistrationEntered(**_REGISTRATION, record_number="2026-0000123", entered_on=date(2026, 3, 5)),
    RegistrationRefused(**_REGISTRATION, reason="Код квалификации не найден"),
    CertificateRenewalDue(
        **_CERTIFICATE,
        threshold_days=90,
        noticed_on=date(2028, 12, 2),
        window=RenewalDays(
            starts_on=date(2028, 12, 27),
            ends_on=date(2029, 1, 2),
            url="https://attesta.example/renewal",
        ),
    ),
    CertificateExpired(**_CERTIFICATE, noticed_on=date(2029, 3, 3)),
    RenewalCapacityChanged(
        qualification_id=_QUALIFICATION.id,
        council=_QUALIFICATION.council,
        places_per_day=40,
        is_stated=True,
        known_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    ),
]
