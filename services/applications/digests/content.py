"""What a digest says: numbers, and where to look; no names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.decision.models import Certificate
from services.applications.digests.models import RenewalCapacity
from services.applications.letters.by_hand import HandTab, count_bounced, count_queue
from services.applications.letters.words import LetterLink, LetterWords
from services.applications.settings import ApplicationsSettings
from shared.councils import list_council_names
from shared.locale.translator import Translator

ENDING_DAYS = 7
"""A centre is told of certificates that end within so many days."""
COUNCIL_WEEKS = 12
"""A council is told of certificates that end in this week and those after it, as many in all."""
WORKING_DAYS = 5
"""Days of a week on which examinations are held."""
_FIRST_DAYS = 7
"""The first digest tells of so many days before it."""


@dataclass(frozen=True, slots=True)
class CentreDigest:
    """What waits for a centre, and what has come back since the digest before."""

    queue: dict[HandTab, int]
    bounced_count: int
    ending_count: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any((*self.queue.values(), self.bounced_count, self.ending_count))


@dataclass(frozen=True, slots=True)
class CouncilDigest:
    """How many of a council's certificates end in each week, by its Monday.

    `weekly_places` are the examinations that its centres can take in a week, of all qualifications;
    None where none is known.
    """

    weeks: Sequence[tuple[date, int]]
    weekly_places: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(count for _, count in self.weeks)


async def read_centre_digest(
    session: AsyncSession, centre_number: str, since: datetime | None, now: datetime, today: date
) -> CentreDigest:
    """What a centre is told now."""
    query = select(func.count()).where(
        Certificate.centre_number == centre_number,
        col(Certificate.final_kind).is_(None),
        col(Certificate.ends_on).between(today, today + timedelta(days=ENDING_DAYS - 1)),
    )
    return CentreDigest(
        queue=await count_queue(session, centre_number),
        bounced_count=await count_bounced(
            session, centre_number, since or now - timedelta(days=_FIRST_DAYS)
        ),
        ending_count=(await session.exec(query)).one(),
    )


async def read_council_digest(session: AsyncSession, council: str, today: date) -> CouncilDigest:
    """What a council is told now: every week, also one in which nothing ends."""
    council_names = list_council_names(council)
    monday = today - timedelta(days=today.weekday())
    mondays = [monday + timedelta(weeks=number) for number in range(COUNCIL_WEEKS)]
    week = cast(func.date_trunc("week", col(Certificate.ends_on)), Date)
    query = (
        select(week, func.count())
        .where(
            col(Certificate.council).in_(council_names),
            col(Certificate.final_kind).is_(None),
            col(Certificate.ends_on).between(today, mondays[-1] + timedelta(days=6)),
        )
        .group_by(week)
    )
    counts = dict((await session.exec(query)).all())
    places_query = select(func.sum(RenewalCapacity.places_per_day)).where(
        col(RenewalCapacity.council).in_(council_names)
    )
    daily_places = (await session.exec(places_query)).one()
    return CouncilDigest(
        weeks=[(day, counts.get(day, 0)) for day in mondays],
        weekly_places=daily_places and int(daily_places) * WORKING_DAYS,
    )


def say_centre_digest(
    t: Translator, settings: ApplicationsSettings, digest: CentreDigest
) -> LetterWords:
    """The centre's digest in words; what is nothing is left out."""
    counts = {
        t("digest.print"): digest.queue[HandTab.PRINT],
        t("digest.post"): digest.queue[HandTab.POST],
        t("digest.call"): digest.queue[HandTab.CALL],
        t("digest.bounced"): digest.bounced_count,
        t.plural("digest.ending", ENDING_DAYS): digest.ending_count,
    }
    return LetterWords(
        language=t.language,
        subject=t("digest.centre.subject"),
        paragraphs=(t("digest.centre.lead"),),
        facts=[(label, t.format_number(count)) for label, count in counts.items() if count],
        links=(LetterLink(t("digest.open_letters"), f"{settings.site_url}/{t.language}/letters"),),
        notes=(t("digest.why"),),
    )


def say_council_digest(
    t: Translator, settings: ApplicationsSettings, digest: CouncilDigest
) -> LetterWords:
    """The council's digest in words: a line a week, and how many examinations a week can take."""
    facts = [
        (t("digest.week", day=t.format_day(monday)), t.format_number(count))
        for monday, count in digest.weeks
    ]
    if digest.weekly_places is not None:
        facts.append((t("digest.weekly_places"), t.format_number(digest.weekly_places)))
    return LetterWords(
        language=t.language,
        subject=t("digest.council.subject"),
        paragraphs=(t("digest.council.lead"),),
        facts=facts,
        links=(LetterLink(t("digest.open_work"), f"{settings.site_url}/{t.language}/work"),),
        notes=(t("digest.why"),),
    )
