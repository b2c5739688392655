"""The settings of a service that sends e-mail over a relay."""

from pydantic import Field, FilePath, SecretStr

from shared.delivery.mail import MailRelay, MailSecurity
from shared.settings import Settings


class MailSettings(Settings):
    """Where letters are handed over, and how."""

    smtp_host: str = Field(
        default="127.0.0.1", description="the relay to which letters are handed by SMTP"
    )
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="its port")
    smtp_security: MailSecurity = Field(
        default=MailSecurity.STARTTLS,
        description="starttls, tls from the first byte, or none; without it nothing is sent",
    )
    smtp_user: str | None = Field(default=None, description="who signs in there; none: nobody")
    smtp_password: SecretStr | None = Field(default=None, description="their password")
    smtp_authorities: FilePath | None = Field(
        default=None, description="a PEM file of further authorities of the relay's certificate"
    )
    smtp_limit_seconds: float = Field(
        default=60, gt=0, description="for handing over one letter, from connecting on"
    )

    def build_relay(self) -> MailRelay:
        """The relay of these settings."""
        return MailRelay(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            limit_seconds=self.smtp_limit_seconds,
            user=self.smtp_user,
            password=self.smtp_password,
            authorities=self.smtp_authorities,
        )
