"""How every process reaches Kafka, and who it is there."""

import ssl
from typing import Literal, Self

from pydantic import Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings


class BrokerSettings(BaseSettings):
    """Of every service; `Settings` says from where they are read."""

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092", description="host:port[,host:port]"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="that of the brokers' listener, by Kafka's names: SSL is TLS, SASL a sign-in",
    )
    kafka_ca_file: FilePath | None = Field(
        default=None,
        description="authorities, PEM, that vouch for the brokers; not set: those that the system"
        " trusts",
    )
    kafka_certificate_file: FilePath | None = Field(
        default=None,
        description="our own certificate with its chain, PEM, where the brokers ask for one",
    )
    kafka_key_file: FilePath | None = Field(
        default=None,
        description="its key, PEM, without a password; not set: it stands beside the certificate",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="how we sign in, where the protocol is one of SASL"
    )
    kafka_user: str | None = Field(default=None, description="the user that we sign in as")
    kafka_password: SecretStr | None = Field(default=None, description="the password of that user")
    kafka_idempotent_producer: bool = Field(
        default=True, description="off only for brokers that lack it, such as the embedded one"
    )
    kafka_topic_prefix: str = Field(default="attesta.", description="before every topic and group")
    kafka_partitions: int = Field(default=6, ge=1, description="for topics that we create")
    kafka_replication_factor: int = Field(
        default=1, ge=1, description="for topics that we create; 3 on a cluster"
    )
    kafka_limit_seconds: float = Field(
        default=10,
        gt=0,
        description="a call of the broker fails after so long; below `lease_seconds`, since the"
        " relay publishes within its lease",
    )
    cluster_check_seconds: float = Field(
        default=2, gt=0, description="how often a worker asks which Kafka cluster it talks to"
    )

    @model_validator(mode="after")
    def _check_security(self) -> Self:
        """Raises `ValueError` for what would leave a secret unused, or fail at every connection."""
        protocol = self.kafka_security_protocol
        for name in ("kafka_sasl_mechanism", "kafka_user", "kafka_password"):
            self._check_use(name, is_used=protocol.startswith("SASL"), is_needed=True)
        for name in ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file"):
            self._check_use(name, is_used=protocol.endswith("SSL"), is_needed=False)
        if self.kafka_key_file and not self.kafka_certificate_file:
            raise ValueError(
                "set ATTESTA_KAFKA_CERTIFICATE_FILE, or leave ATTESTA_KAFKA_KEY_FILE out"
            )
        self.build_kafka_tls()
        return self

    def _check_use(self, name: str, *, is_used: bool, is_needed: bool) -> None:
        variable, protocol = f"ATTESTA_{name.upper()}", self.kafka_security_protocol
        if is_needed and is_used and not getattr(self, name):
            raise ValueError(f"set {variable}: ATTESTA_KAFKA_SECURITY_PROTOCOL is {protocol}")
        if not is_used and getattr(self, name):
            raise ValueError(
                f"leave {variable} out, or change ATTESTA_KAFKA_SECURITY_PROTOCOL:"
                f" {protocol} makes no use of it"
            )

    def build_kafka_tls(self) -> ssl.SSLContext | None:
        """How we speak TLS to brokers, of the files as they are now; None where we do not.

        Certificates must name the host. Raises `ValueError` for a file that cannot be used.
        """
        if not self.kafka_security_protocol.endswith("SSL"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.kafka_ca_file)
        except OSError as error:
            raise ValueError(f"ATTESTA_KAFKA_CA_FILE holds no certificate: {error}") from error
        if self.kafka_certificate_file:
            try:  # a password that is given keeps OpenSSL from asking at the terminal
                context.load_cert_chain(self.kafka_certificate_file, self.kafka_key_file, "")
            except OSError as error:
                raise ValueError(
                    "ATTESTA_KAFKA_CERTIFICATE_FILE and ATTESTA_KAFKA_KEY_FILE hold no certificate"
                    f" with its key: {error}"
                ) from error
        return context
