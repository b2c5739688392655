"""Settings that come as files, as orchestrators hand over secrets."""

import os

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource

SECRETS_VARIABLE = "ATTESTA_SECRETS_FOLDER"
"""In the environment: a folder with a file for a setting, called as its variable in small letters.

So orchestrators hand over secrets: nothing of them stands in the environment.
"""


class SecretFileSettings(BaseSettings):
    """Settings that are read from files where neither the environment nor `.env` has them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - knows no variable
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before `.env`, and both before the folder of secrets."""
        secrets = SecretsSettingsSource(settings_cls, os.environ.get(SECRETS_VARIABLE))
        return init_settings, env_settings, dotenv_settings, secrets
