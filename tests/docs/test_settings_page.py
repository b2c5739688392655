"""The page of settings is what the classes say, and every setting says what it means."""

from deploy import docs


def test_the_page_is_fresh() -> None:
    assert docs.SETTINGS_PAGE.read_text() == docs.build_settings_page(), (
        "run: python -m deploy.docs"
    )


def test_every_setting_has_a_meaning() -> None:
    settings = (pair for section in docs.list_sections() for pair in section.list_settings())
    assert [name for name, field in settings if not field.description] == []


def test_no_two_settings_of_one_process_are_read_from_one_variable() -> None:
    for settings_class in docs.SERVICES.values():
        names = [
            docs.environment_name(settings_class, name, field)
            for name, field in settings_class.model_fields.items()
        ]
        assert len(set(names)) == len(names)
