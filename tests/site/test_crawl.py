"""Every view of the site, every link, every form sent in every way: pages in words, and no defect.

`pytest -s` shows how much was seen.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.applications.application.status import Status
from services.applications.desk.acts import ACTS
from tests.applications import people
from tests.certificates.verification.verdicts import issue_every_state
from tests.databases import Databases
from tests.site.case_states import CASE_STATES
from tests.site.catalogue import fill_catalogue
from tests.site.crawler import Cases, Crawl
from tests.site.letters import make_letters
from tests.site.operations_troubles import make_troubles
from tests.site.readers import STAFF
from tests.site.rosters import make_rosters
from tests.site.served_site import serve_site
from tests.site.views import EMPTY, VIEWS

SHOWN_FAULTS = 60
STREAM_ENDINGS = ("/changes", "/news")
"""Pages that never end, for scripts."""


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_page_link_and_form_answers_in_words(
    language: str, databases: Databases, tmp_path: Path
) -> None:
    async with serve_site(databases, tmp_path) as site:
        cases = Cases(site)
        empty_crawl = Crawl(site, language, cases, {})
        for view in VIEWS:
            if view.state == EMPTY:
                await empty_crawl.open_view(view)
        await empty_crawl.send_forms()
        await site.applications_consumer.handle_record(
            people.build_record(people.build_published_event(), site.clock.now())
        )
        await issue_every_state(
            site.certificates_consumer, site.certificates_clock, site.apis["certificates"]
        )
        names = {
            **await fill_catalogue(site),
            **await make_letters(site),
            **await make_rosters(site),
        }
        crawl = Crawl(site, language, cases, names)
        await cases.build_all()
        await make_troubles(site)
        for view in VIEWS:
            if view.state != EMPTY:
                await crawl.open_view(view)
        await crawl.send_forms()
        print(f"\n{language}: empty {dict(empty_crawl.counts)}, full {dict(crawl.counts)}")
        faults = [*empty_crawl.faults, *crawl.faults]
        assert faults == [], f"{len(faults)} faults:\n" + "\n".join(faults[:SHOWN_FAULTS])
        _check_coverage(crawl, list(site.apps.values()))


def _check_coverage(crawl: Crawl, apps: list[FastAPI]) -> None:
    """The crawl has opened every page that there is, and sent every form that a case can have."""
    assert crawl.counts["views"] == sum(view.state != EMPTY for view in VIEWS)
    routes = {route for app in apps for route in _iter_page_routes(app, crawl.language)}
    assert len(routes) > len(apps)
    missed_routes = {
        (method, path)
        for method, path in routes
        if not path.endswith(STREAM_ENDINGS)
        and not any(
            method == crawled_method and _compile_path(path).fullmatch(address)
            for crawled_method, address in crawl.addresses
        )
    }
    assert missed_routes == set()
    expected_acts = {
        (status, act.name) for status in Status for act in ACTS.values() if act.is_possible(status)
    }
    sent_acts = {
        (CASE_STATES[match[1]].status, match[2])
        for action, role in crawl.acts
        if role in STAFF
        and (match := re.search(r"/cases/([^/]+)/([\w-]+)(?:/check)?$", action))
        and match[1] in CASE_STATES  # others are of letters, and in no state of their own
    }
    assert expected_acts - sent_acts == set()
    assert crawl.counts["links"] > len(routes)
    assert crawl.counts["forms"] >= len(sent_acts)
    assert crawl.counts["posts"] > crawl.counts["acts done"] >= len(ACTS)


def _iter_page_routes(app: FastAPI, language: str) -> Iterator[tuple[str, str]]:
    """The method and path of each page, by its routes in this language."""
    for route in iter_route_contexts(app.routes):
        if (route.path or "").startswith(f"/{language}/"):
            yield from ((method, route.path or "") for method in route.methods or ())


def _compile_path(path: str) -> re.Pattern[str]:
    """What matches the addresses of a page in any language: the switch leads to the other one."""
    path = re.sub(r"^/(ru|en)", "/(ru|en)", path)
    pattern = re.sub(r"\{\w+:path\}", ".+", path)
    return re.compile(re.sub(r"\{\w+(:\w+)?\}", "[^/]+", pattern))
