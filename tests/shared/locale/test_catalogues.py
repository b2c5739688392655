"""A language is a folder of catalogues: what it lacks the first language says."""

from datetime import date
from pathlib import Path

import pytest

from shared.locale.catalogues import InvalidCatalogue, read_languages

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


def _write(folder: Path, language: str, messages: str, header: str = HEADER) -> Path:
    path = folder / language / "LC_MESSAGES" / "shared.po"
    path.parent.mkdir(parents=True)
    path.write_text(header + messages, "utf-8")
    return folder


def test_the_first_language_comes_first_then_they_come_by_their_codes(tmp_path: Path) -> None:
    languages = read_languages(None, _write(tmp_path, "be", ""))
    assert list(languages) == ["ru", "be", "en"]
    assert languages["be"].name == "Беларуская"


def test_what_is_not_translated_is_said_in_the_first_language(tmp_path: Path) -> None:
    messages = (
        'msgid "shell.skip"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "failure.title.403"\nmsgstr "?"\n\n'
        'msgid "failure.title.404"\nmsgstr "Мұндай бет жоқ"\n\n'
        'msgid "period.years"\nmsgid_plural "period.years"\n'
        'msgstr[0] "{number} жыл"\nmsgstr[1] "{number} жыл"\n\n'
        'msgid "period.days"\nmsgid_plural "period.days"\nmsgstr[0] "{number} күн"\nmsgstr[1] ""\n'
    )
    kazakh = read_languages(None, _write(tmp_path, "kk", messages))["kk"]
    assert kazakh("failure.title.404") == "Мұндай бет жоқ"
    assert kazakh("shell.skip") == "Перейти к содержанию"
    assert kazakh("failure.title.403") == "Нет доступа"
    assert kazakh.format_period("P3Y2D") == "3 жыл 2 дня"
    assert kazakh.format_day(date(2026, 3, 2)) == "2026\xa0ж.\xa02\xa0наурыз"


def test_other_words_replace_those_that_there_are(tmp_path: Path) -> None:
    languages = read_languages(
        None, _write(tmp_path, "ru", 'msgid "shell.skip"\nmsgstr "К делу"\n')
    )
    assert languages["ru"]("shell.skip") == "К делу"
    assert languages["ru"]("failure.title.404") == "Страница не найдена"
    assert languages["en"]("shell.skip") == "Skip to the content"


def test_the_header_names_the_locale_of_dates(tmp_path: Path) -> None:
    header = HEADER.replace('msgstr "', 'msgstr "Language: en-US\\n"\n"')
    languages = read_languages(None, _write(tmp_path, "en-US", "", header))
    assert languages["en-US"].format_day(date(2026, 3, 2)) == "March\xa02,\xa02026"
    assert languages["en"].format_day(date(2026, 3, 2)) == "2\xa0March\xa02026"


@pytest.mark.parametrize("text", ["{day}", "{name.__class__}", "{name"])
def test_a_value_that_a_message_does_not_have_stops_the_start(tmp_path: Path, text: str) -> None:
    folder = _write(tmp_path, "kk", f'msgid "failure.field"\nmsgstr "{text}"\n')
    with pytest.raises(InvalidCatalogue, match=r"kk/LC_MESSAGES/shared\.po: failure\.field"):
        read_languages(None, folder)


def test_what_is_no_catalogue_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidCatalogue, match=r"kk/LC_MESSAGES/shared\.po"):
        read_languages(None, _write(tmp_path, "kk", "msgid skip\n"))


def test_what_is_no_language_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidCatalogue, match="klingon"):
        read_languages(None, _write(tmp_path, "klingon", ""))


def test_messages_that_no_page_asks_for_are_passed_over(tmp_path: Path) -> None:
    folder = _write(tmp_path, "kk", 'msgid "of.an.older.version"\nmsgstr "{anything}"\n')
    assert "of.an.older.version" not in read_languages(None, folder)["kk"]
