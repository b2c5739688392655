"""The pages of rosters: an employer's people begin one, fill it, look at it, and end it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from lxml import html

from services.certificates.main import create
from services.certificates.rosters import jobs
from services.certificates.rosters.sequencer import RosterSequencer
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import NUMBER, rows
from tests.certificates.rosters.portal import load_certificates
from tests.clock import ManualClock
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("issued_certificate")
READER = tokens.browser(Scope.WATCH, subject="кадры", employer=tokens.EMPLOYER)
BEGINNING = {
    "name": "Контактный центр",
    "purpose": "Допуск операторов к работе с клиентами",
    "basis": "ТК РФ, статья 195.3",
    "until-day": "1",
    "until-month": "3",
    "until-year": "2028",
}
ADDITION = {"number": NUMBER, "issued_on-day": "2 марта 2026"}


@pytest.fixture
async def reader(
    settings: CertificatesSettings, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of somebody of the employer."""
    async with serving(create(settings, clock), READER) as client:
        yield client


def text_of(page: httpx.Response, place: str = "//main") -> str:
    """The words of a page, with single spaces."""
    found = html.fromstring(page.text).xpath(place)
    return " ".join(" ".join(part.text_content() for part in found).split())


async def begin(reader: httpx.AsyncClient, **changes: str) -> str:
    """The address of a new roster."""
    answer = await reader.post("/ru/rosters/new", data=BEGINNING | changes)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"]).partition("?")[0]


async def test_a_roster_from_its_beginning_to_its_end(
    reader: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    assert "Списков ещё нет" in text_of(await reader.get("/ru/rosters"))
    path = await begin(reader)
    assert "Контактный центр" in text_of(await reader.get("/ru/rosters"))
    added = await reader.post(f"{path}/add", data=ADDITION)
    assert added.headers["location"] == f"{path}?done=added"
    page = await reader.get(added.headers["location"])
    assert "Свидетельство в списке." in text_of(page)
    assert NUMBER in text_of(page, "//table")
    assert "действительно" in text_of(page, "//table") or "действует" in text_of(page, "//table")
    assert "Белова" not in page.text
    annulment = {"reason": "Выдано по ошибке центра", "basis": "решение 17"}
    (certificate,) = await rows(database, "SELECT id FROM certificate")
    await reader.post(
        f"/v1/certificates/{certificate.id}/annul",
        json=annulment,
        headers=tokens.bearer(Scope.AMEND),
    )
    await sequencer.run_round()
    assert f"{NUMBER} аннулировано" in text_of(await reader.get(path))
    english = path.replace("/ru/", "/en/")
    assert f"{NUMBER} was annulled" in text_of(await reader.get(f"{english}/events"))
    unenrolled = await reader.post(
        f"{path}/unenrol", data={"number": NUMBER, "issued_on": "2026-03-02"}
    )
    assert "убрано из списка" in text_of(await reader.get(unenrolled.headers["location"]))
    assert "больше не будет событий" in text_of(await reader.get(f"{path}/end"))
    ended = await reader.post(f"{path}/end")
    page = await reader.get(ended.headers["location"])
    assert "Наблюдение окончено" in text_of(page)
    assert "Добавить свидетельство" not in text_of(page)
    assert (await reader.post(f"{path}/add", data=ADDITION)).status_code == 409


async def test_a_list_is_sent_as_a_file_and_shows_its_progress(
    reader: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begin(reader)
    table = f"Номер;Дата выдачи\n{NUMBER};02.03.2026\nx;02.03.2026\n{NUMBER};03.03.2026\n"
    sent = await reader.post(
        f"{path}/list",
        data={"action": "enrol"},
        files={"file": ("staff.csv", table.encode("cp1251"), "text/csv")},
    )
    assert sent.status_code == 303, text_of(sent)
    job_path = sent.headers["location"]
    waiting = await reader.get(job_path)
    assert "0 из 3" in text_of(waiting)
    assert waiting.headers["etag"]
    same = await reader.get(job_path, headers={"If-None-Match": waiting.headers["etag"]})
    assert same.status_code == 304
    await jobs.handle_next_rows(database, clock, settings)
    page = await reader.get(job_path)
    assert "3 из 3" in text_of(page)
    assert "Не приняты 2 строки" in text_of(page)
    assert "Нет свидетельства с таким номером" in text_of(page, "//table")
    assert "1" in text_of(await reader.get(path), "//h2[@id='certificates']")


@pytest.mark.parametrize(
    ("below", "data", "status", "words"),
    [
        ("new", {}, 422, "Исправьте 4 поля"),
        ("new", BEGINNING | {"until-year": "2031"}, 422, "Укажите день с"),
        ("new", BEGINNING | {"until-day": "31", "until-month": "2"}, 422, "Ошибка"),
        ("add", {}, 422, "Исправьте 2 поля"),
        ("add", {"number": NUMBER, "issued_on-day": "03.03.2026"}, 422, "Нет свидетельства"),
        ("list", {"action": "enrol"}, 422, "Исправьте 1 поле"),
    ],
)
async def test_a_refused_form_keeps_what_was_typed_and_names_the_field(
    reader: httpx.AsyncClient, below: str, data: dict[str, str], status: int, words: str
) -> None:
    path = "/ru/rosters" if below == "new" else await begin(reader)
    page = await reader.post(f"{path}/{below}", data=data)
    assert page.status_code == status
    assert words in text_of(page, "//*[@role='alert']") + text_of(page, "//title")
    for name, value in data.items():
        if name in {"name", "number"}:
            assert html.fromstring(page.text).xpath(f"//input[@name='{name}']/@value") == [value]
    assert await rows_of_jobs(reader) == []


async def rows_of_jobs(reader: httpx.AsyncClient) -> list[str]:
    """The lists that the newest roster shows."""
    page = html.fromstring((await reader.get("/ru/rosters")).text)
    links = page.xpath("//table//th//a/@href")
    if not links:
        return []
    shown = html.fromstring((await reader.get(links[0])).text)
    return list(map(str, shown.xpath("//section[@aria-labelledby='lists']//li//text()")))


async def test_a_long_roster_is_paged_and_searched(
    reader: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await load_certificates(database, 120)
    path = await begin(reader)
    table = "number,issued_on\n" + "".join(f"load-{n},2026-03-02\n" for n in range(1, 121))
    await reader.post(f"{path}/list", files={"file": ("a.csv", table.encode(), "text/csv")})
    await jobs.handle_next_rows(database, clock, settings)
    seen: list[str] = []
    address = path
    while address:
        page = html.fromstring((await reader.get(address)).text)
        seen += page.xpath("//section[@aria-labelledby='certificates']//tbody//th//a/text()")
        address = next(iter(page.xpath("//nav[@class='pages']/a[@rel='next']/@href")), "")
    assert seen == [f"load-{n}" for n in range(1, 121)]
    found = await reader.get(path, params={"number": "load-77"})
    assert "load-77" in text_of(found, "//table")
    assert "load-78" not in text_of(found, "//table")
    assert "такого номера нет" in text_of(await reader.get(path, params={"number": "load-999"}))


@pytest.mark.parametrize("below", ["", "/add", "/list", "/end", "/events", "/unenrol"])
async def test_another_employers_roster_is_not_there(reader: httpx.AsyncClient, below: str) -> None:
    path = await begin(reader)
    stranger = tokens.browser(Scope.WATCH, subject="чужой", employer="5009876543")
    method = "POST" if below == "/unenrol" else "GET"
    data = {"number": NUMBER, "issued_on": "2026-03-02"}
    answer = await reader.request(method, f"{path}{below}", headers=stranger, data=data)
    assert answer.status_code == 404
    nameless = tokens.browser(Scope.WATCH, subject="никто")
    assert (await reader.request(method, f"{path}{below}", headers=nameless)).status_code == 403
    other_site = {**READER, "Sec-Fetch-Site": "cross-site"}
    forged = await reader.post(f"{path}/end", headers=other_site)
    assert forged.status_code == 403
