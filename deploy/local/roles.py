"""The parts that one can play on the local stack: their scopes, for whom, and by what name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.principal import Scope

COUNCIL = (
    "Совет по профессиональным квалификациям в области документационного и "
    "административно-хозяйственного обеспечения деятельности организации"
)
CENTRE = "78.041"
EMPLOYER = "7701234567"


@dataclass(frozen=True, slots=True)
class Role:
    """A part in the procedure: what may be done, for whom, who plays it, and where they sit.

    `place` is by language. `tenancy` are further claims of the tokens.
    """

    scopes: tuple[Scope, ...]
    name: str
    place: Mapping[str, str]
    tenancy: Mapping[str, str] = field(default_factory=dict)


ROLES: Mapping[str, Role] = {
    "centre": Role(
        (Scope.PROCESS,),
        "Ирина Котова",
        {"ru": f"центр {CENTRE}", "en": f"centre {CENTRE}"},
        {"centre": CENTRE},
    ),
    "second-clerk": Role(
        (Scope.PROCESS,),
        "Павел Зимин",
        {"ru": f"центр {CENTRE}, ещё один сотрудник", "en": f"centre {CENTRE}, another clerk"},
        {"centre": CENTRE},
    ),
    "council": Role(
        (Scope.PUBLISH, Scope.DECIDE),
        "Елена Савина",
        {"ru": "секретарь совета офисных специалистов", "en": "secretary of the office council"},
        {"council": COUNCIL},
    ),
    "operations": Role(
        (Scope.OPERATE,),
        "Сергей Лукин",
        {"ru": "дежурный по системе", "en": "operations, on duty"},
    ),
    "applicant": Role(
        (Scope.APPLY,), "Анна Белова", {"ru": "соискательница", "en": "an applicant"}
    ),
    "employer": Role(
        (Scope.REFER, Scope.VERIFY, Scope.WATCH),
        "Ольга Рудина",
        {"ru": f"отдел кадров, ИНН {EMPLOYER}", "en": f"personnel office, taxpayer {EMPLOYER}"},
        {"employer": EMPLOYER},
    ),
    "agency": Role(
        (Scope.AMEND, Scope.PUBLISH),
        "Марина Лебедева",
        {"ru": "национальное агентство", "en": "the national agency"},
    ),
    "registry": Role(
        (Scope.FEED,),
        "Олег Нестеров",
        {"ru": "национальный реестр", "en": "the national registry"},
    ),
    "mail": Role(
        (Scope.REPORT_BOUNCES,),
        "Почтовый узел",
        {"ru": "почтовая система", "en": "the mail system"},
    ),
    "demo": Role(
        tuple(Scope),
        "Все роли сразу",
        {"ru": "для показа", "en": "all parts at once, for a demonstration"},
        {"centre": CENTRE, "council": COUNCIL, "employer": EMPLOYER},
    ),
}
"""Who plays which part, and for whom; `demo` plays all."""
