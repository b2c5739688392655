"""Every failure of a page is a page in the reader's language: what to do is said, nothing lost."""

from ast import literal_eval
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import lxml.html
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.catalog.settings import CatalogSettings
from shared.principal import Scope
from tests import tokens
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import WIRE_SECONDS, listening, serving
from tests.shared.pages.failing_site import ERRORS, LANGUAGES, create_failing_site, read_page
from tests.words import list_codes, list_foreign_sentences

NO_DATABASE = "postgresql://attesta@127.0.0.1:9/attesta"
OWN_SITE = {"Sec-Fetch-Site": "same-origin", "Referer": "http://test/ru/form"}
ATTACK = "</textarea><script>alert(1)</script>\"'&<b onclick=x>"
TYPED = [
    ("reason", f"Причина, где “кавычки” и {ATTACK}"),
    ("reason", "вторая\r\nстрока"),
    ("starts_on-day", "25"),
    ("starts_on-month", "11"),
    ("starts_on-year", "2026"),
    ("revision", "3"),
    ("empty", ""),
]
SENDABLE = {
    name for name, (status, _) in ERRORS.items() if status in {401, 403, 409, 429, 500, 503}
}


def _encode(fields: list[tuple[str, str]]) -> bytes:
    return urlencode(fields).encode()


async def _post(
    client: httpx.AsyncClient, path: str, fields: list[tuple[str, str]], **headers: str
) -> httpx.Response:
    return await client.post(
        path,
        content=_encode(fields),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            **OWN_SITE,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """The failing site, with nobody signed in and no database to be found."""
    app = create_failing_site(CatalogSettings(database_url=SecretStr(NO_DATABASE)), clock)
    async with serving(app, {}) as client:
        yield client


def _session(*scopes: Scope, **claims: Any) -> dict[str, str]:
    return {"Cookie": f"attesta_session={tokens.token(*scopes, **claims)}"}


@pytest.mark.parametrize("is_signed_in", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ERRORS)
async def test_every_failure_is_a_page(
    client: httpx.AsyncClient, name: str, language: str, is_signed_in: bool
) -> None:
    headers = _session(Scope.PROCESS, name="И. Котова") if is_signed_in else {}
    status = ERRORS[name][0]
    address = f"/{language}/fail/{name}"
    response = await client.get(address, headers=headers)
    page = read_page(response, status, language)
    assert ("И. Котова" in page.text) == is_signed_in
    assert list_foreign_sentences(response.text, language, {"И", "Котова"}) == []
    assert list_codes(response.text) == []
    assert str(status) not in page.text
    assert f"/{language}" in page.links
    head_response = await client.head(address, headers=headers)
    assert (head_response.status_code, head_response.content) == (response.status_code, b"")


async def test_the_same_failures_elsewhere_are_documents(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "http.not_found")
    assert_problem(await client.get("/russian/fail"), 404, "http.not_found")
    assert_problem(await client.get("/v1/ru"), 404, "http.not_found")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_accept_asks_for_does_not_matter(
    client: httpx.AsyncClient, language: str
) -> None:
    response = await client.get(f"/{language}/x", headers={"Accept": "application/json"})
    read_page(response, 404, language)


async def test_head_has_the_headers_of_the_page_and_no_body(client: httpx.AsyncClient) -> None:
    page_response = await client.get("/ru/nowhere")
    response = await client.head("/ru/nowhere")
    assert response.status_code == 404
    assert response.content == b""
    assert response.headers["Content-Length"] == page_response.headers["Content-Length"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", ["unread", "form", "field"])
@pytest.mark.parametrize("name", ERRORS)
async def test_what_was_typed_stands_on_the_page_and_can_be_sent_again(
    client: httpx.AsyncClient, name: str, way: str, language: str
) -> None:
    address = f"/{language}/fail/{way}/{name}?a=1&b=%D1%8F"
    response = await _post(client, address, TYPED)
    page = read_page(response, ERRORS[name][0], language)
    assert TYPED[0][1] in page.text
    assert "25.11.2026" in page.text
    assert "b" not in page.tags
    assert "onclick" not in page.tags
    if name not in SENDABLE:
        (form,) = lxml.html.fromstring(response.text).xpath(f"//form[@action='{address}']")
        assert not form.xpath(".//button"), "it only changes its language"
        return
    fields = page.find_form(address).fields
    assert fields == TYPED
    again_page = read_page(await _post(client, address, fields), ERRORS[name][0], language)
    assert again_page.find_form(address).fields == TYPED
    echo = await _post(client, f"/{language}/echo", fields)
    assert literal_eval(echo.text) == TYPED


async def test_a_form_with_a_file_keeps_all_but_the_file(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/ru/fail/form/conflict",
        data={"reason": "причина", "note": "примечание"},
        files={"file": ("a.pdf", b"%PDF" * 1000)},
        headers=OWN_SITE,
    )
    page = read_page(response, 409, "ru")
    assert page.find_form("/ru/fail/form/conflict").fields == [
        ("reason", "причина"),
        ("note", "примечание"),
    ]
    assert "Файлы не сохранились" in page.text
    assert "PDF" not in page.text


async def test_of_an_upload_too_large_the_fields_before_it_are_shown(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post(
        "/en/fail/form/conflict",
        data={"reason": "why"},
        files={"file": ("a.pdf", b"x" * 3_000_000)},
        headers=OWN_SITE,
    )
    page = read_page(response, 413, "en")
    assert "why" in page.text
    assert "choose them again" in page.text
    assert [form for form in page.forms if "conflict" in form.action] == []


async def test_a_form_too_long_to_keep_says_so(client: httpx.AsyncClient) -> None:
    fields = [("reason", "first"), ("text", "x" * 300_000)]
    page = read_page(await _post(client, "/en/fail/form/often", fields), 429, "en")
    assert "first" in page.text
    assert "Not everything was kept" in page.text
    assert [form for form in page.forms if "often" in form.action] == []
    many_fields = [(f"field-{number}", "x") for number in range(600)]
    page = read_page(await _post(client, "/en/fail/form/often", many_fields), 429, "en")
    assert "could not be kept" in page.text


async def test_secrets_never_stand_on_a_page(client: httpx.AsyncClient) -> None:
    fields = [("login", "kotova"), ("Password", "hunter2"), ("access_token", "eyJ")]
    response = await _post(client, "/en/fail/form/defect", fields)
    page = read_page(response, 500, "en")
    assert "kotova" in page.text
    assert "hunter2" not in response.text
    assert "eyJ" not in response.text
    assert "Passwords and keys are not kept" in page.text


@pytest.mark.parametrize("headers", [{"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil"}])
async def test_another_sites_form_is_not_carried_on(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for address, status in (("/ru/staff", 403), ("/ru/fail/form/away", 503)):
        response = await _post(client, address, [("reason", "evil words")], **headers)
        read_page(response, status, "ru")
        assert "evil words" not in response.text


async def test_an_ended_session_and_none_lead_to_signing_in_and_back(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    page = read_page(await client.get("/en/staff?tab=mine"), 401, "en")
    assert page.headings == ["You need to sign in"]
    assert "/sign-in/start?language=en&next=/en/staff%3Ftab%3Dmine" in page.links
    clock.instant = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    expiry = int(clock.now().timestamp()) - 3600
    cookie = {"Cookie": f"attesta_session={tokens.token(Scope.PROCESS, exp=expiry)}"}
    page = read_page(await _post(client, "/en/staff", TYPED, **cookie), 401, "en")
    assert page.headings == ["Your session has ended"]
    assert page.find_form("/en/staff").fields == TYPED
    assert "/sign-in/start?language=en&next=/ru/form" in page.links
    signed_in = _session(Scope.PROCESS)
    assert (await _post(client, "/en/staff", TYPED, **signed_in)).status_code == 200


async def test_who_may_not_is_told_by_name_and_may_come_as_another(
    client: httpx.AsyncClient,
) -> None:
    headers = _session(Scope.VERIFY, name="И. Котова")
    page = read_page(await client.get("/ru/staff", headers=headers), 403, "ru")
    assert "Вы вошли как И. Котова" in " ".join(page.text.split())
    assert "проверять свидетельства списками" in page.text, "what the account may do"
    assert "/ru/sign-in?next=/ru/staff" in page.links


async def test_a_wrong_method_leads_to_the_page_itself(client: httpx.AsyncClient) -> None:
    response = await _post(client, "/ru/fail/absent", TYPED)
    page = read_page(response, 405, "ru")
    assert "/ru/fail/absent" in page.links
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    page = read_page(await client.get("/ru/echo"), 405, "ru")
    assert "/ru/echo" not in page.links


async def test_a_limit_says_when_it_goes_on_in_civil_time(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.instant = datetime(2026, 3, 2, 12, 38, 1, tzinfo=UTC)
    response = await client.get("/ru/fail/often")
    page = read_page(response, 429, "ru")
    assert "Продолжить можно с 15:40" in page.text
    assert response.headers["Retry-After"] == "90"
    assert "/ru/fail/often" in page.links
    clock.instant = datetime(2026, 3, 2, 20, 59, tzinfo=UTC)
    page = read_page(await client.get("/en/fail/often"), 429, "en")
    assert "from 3 March 2026, 00:01" in " ".join(page.text.split())


async def test_a_defect_has_a_number_that_the_log_names_too(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-Correlation-ID": "case-7"}
    page = read_page(await client.get("/ru/fail/defect", headers=headers), 500, "ru")
    assert "3B54-C3E4" in page.text or "Номер для обращения" in page.text
    number = page.text.partition("Номер для обращения: ")[2][:9]
    assert number in caplog.text
    assert "case-7" in caplog.text
    again_page = read_page(await client.get("/ru/fail/defect", headers=headers), 500, "ru")
    assert number in again_page.text
    assert "Ничего не изменено" in page.text


async def test_a_change_that_may_stand_is_not_said_to_be_lost(
    settings: CatalogSettings, clock: ManualClock
) -> None:
    app = create_failing_site(settings, clock)
    async with serving(app, {}) as client:
        page = read_page(await _post(client, "/ru/fail/committed", TYPED), 500, "ru")
        assert "Возможно, изменение сохранено" in page.text
        assert "Ничего не сохранено" not in page.text
        page = read_page(await _post(client, "/ru/fail/rolled-back", TYPED), 500, "ru")
        assert "Ничего не сохранено" in page.text
        page = read_page(await _post(client, "/ru/fail/commit-refused", TYPED), 503, "ru")
        assert "Ничего не сохранено" in page.text


def test_over_the_wire_too_large_a_form_and_head_and_a_defect_are_answered(
    clock: ManualClock,
) -> None:
    app = create_failing_site(CatalogSettings(database_url=SecretStr(NO_DATABASE)), clock)
    with (
        listening(app) as address,
        httpx.Client(base_url=address, headers=OWN_SITE, timeout=WIRE_SECONDS) as client,
    ):
        large_file = {"file": ("a.pdf", b"x" * 5_000_000)}
        page = read_page(client.post("/ru/echo", data={"a": "b"}, files=large_file), 413, "ru")
        assert "Сохранилось не всё" in page.text
        read_page(client.get("/ru/fail/defect"), 500, "ru")
        response = client.head("/ru/nowhere")
        assert (response.status_code, response.content) == (404, b"")
        assert int(response.headers["Content-Length"]) > 1000


async def test_an_address_of_the_wrong_form_is_a_page_that_does_not_exist(
    client: httpx.AsyncClient,
) -> None:
    read_page(await client.get("/ru/fail/typed/seven/monday"), 404, "ru")
    page = read_page(await client.get("/ru/fail/typed/7/monday?since=many"), 422, "ru")
    assert "С какой версией сравнить" in page.text
    assert "since" not in page.text.rpartition("Это не удалось принять")[2]


async def test_an_address_without_a_language_is_answered_in_the_readers(
    client: httpx.AsyncClient,
) -> None:
    for headers in ({"Accept-Language": "en-GB"}, {"Cookie": "attesta_language=en"}):
        page = read_page(await client.post("/", headers=headers), 405, "en")
        assert "/en" in page.links


async def test_where_the_page_itself_fails_there_is_a_plain_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.pages.failures._describe_failure", None)
    page = read_page(await client.get("/ru/fail/defect"), 500, "ru")
    assert page.headings == ["Ошибка у нас"]
    assert "Номер для обращения" in page.text


BOUNDARIES = ("", "; boundary=x", "; boundary=")
ODD_TEXT = st.text(max_size=30)
ODD_HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.one_of(
        ODD_TEXT, st.sampled_from(["staff", "fail/absent", "%ff%fe", "%", "//x", "%2f"])
    ),
    query=st.one_of(ODD_TEXT, st.sampled_from(["next=%ff", "=&&=;", "%", "since=%F0%9F"])),
    cookie=ODD_HEADER,
    accept_language=ODD_HEADER,
    referer=st.one_of(ODD_HEADER, st.sampled_from(["http://[", "//", "http://test//evil"])),
    origin=st.sampled_from(["http://[", "null", "http://test"]),
    host=st.sampled_from(["test", "[", "test:99999", "a b"]),
    body=st.binary(max_size=60),
    content_type=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
        ]
    ),
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "BREW"]),
)
async def test_nothing_odd_in_a_request_is_a_defect(
    client: httpx.AsyncClient,
    path: str,
    query: str,
    cookie: str,
    accept_language: str,
    referer: str,
    origin: str,
    host: str,
    body: bytes,
    content_type: str,
    method: str,
) -> None:
    url = httpx.URL("http://test", raw_path=_raw(f"/ru/{path}?{query}"))
    headers = [
        (b"Host", host.encode()),
        (b"Cookie", f"attesta_session={cookie}; attesta_theme={cookie}".encode("latin-1")),
        (b"Accept-Language", accept_language.encode("latin-1")),
        (b"Referer", referer.encode("latin-1")),
        (b"Origin", origin.encode()),
        (b"Content-Type", content_type.encode()),
    ]
    response = await client.request(method, url, headers=headers, content=body)
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and method != "HEAD":
        read_page(response, response.status_code, "ru")


def _raw(address: str) -> bytes:
    """The address as a client's bytes, which need not be well formed."""
    return bytes(
        byte if 0x20 < byte < 0x7F and byte != ord("#") else ord("~")
        for byte in address.encode("utf-8", "replace")
    )


async def test_a_change_of_language_carries_on_what_was_typed(client: httpx.AsyncClient) -> None:
    fields = {"place": "ул. Мира, 1", "change_language": "ru"}
    answer = await client.post("/ru/fail/form/conflict", data=fields, headers=OWN_SITE)
    page = lxml.html.fromstring(answer.text)
    (button,) = page.xpath("//button[@name='change_language']")
    assert button.get("formaction") == "/en/fail/form/conflict"
    (form,) = page.xpath(f"//form[@id='{button.get('form')}']")
    hidden_fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    assert hidden_fields == {"place": "ул. Мира, 1"}, "sending again does not change the language"
    english = await client.post(button.get("formaction"), data=hidden_fields, headers=OWN_SITE)
    assert "ул. Мира, 1" in english.text
    bare = await client.get("/ru/fail/conflict", headers=OWN_SITE)
    assert lxml.html.fromstring(bare.text).xpath("//a[@hreflang='en']"), "nothing was typed"
