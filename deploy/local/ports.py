"""The TCP ports of 127.0.0.1 that a stack uses, and whether they are free."""

import contextlib
import random
import socket
from dataclasses import asdict, dataclass
from typing import Self

import psutil

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """One port per listening process; the names are those of the processes."""

    gateway: int
    """The one address of all three services."""
    catalog: int
    applications: int
    certificates: int
    catalog_worker: int
    applications_worker: int
    certificates_worker: int
    scheduler: int
    applications_scheduler: int
    sender: int
    """Of the webhooks of certificates."""
    issuer: int
    mailbox: int
    mailbox_smtp: int
    broker: int
    controller: int
    """Apache Kafka's own; unused by the embedded broker."""

    @classmethod
    def from_base(cls, base: int) -> Self:
        """The usual layout, from the base on.

        Base 8000 gives 8000-8003, 8011-8013, 8021-8023, 8031-8033, 9092-9093.
        """
        return cls(
            gateway=base,
            catalog=base + 1,
            applications=base + 2,
            certificates=base + 3,
            catalog_worker=base + 11,
            applications_worker=base + 12,
            certificates_worker=base + 13,
            scheduler=base + 21,
            applications_scheduler=base + 22,
            sender=base + 23,
            issuer=base + 31,
            mailbox=base + 32,
            mailbox_smtp=base + 33,
            broker=base + 1092,
            controller=base + 1093,
        )

    @classmethod
    def find_unused(cls) -> Self:
        """A layout of which every port is free now. Raises `OSError` when none is found.

        Below the range from which systems draw the ports of outgoing connections, so that a stack
        that is stopped finds its ports free again when it is restarted.
        """
        for base in random.sample(range(10_000, 30_000, 10), k=200):
            ports = cls.from_base(base)
            if all(is_free(port) for port in asdict(ports).values()):
                return ports
        raise OSError("no free range of ports between 10000 and 31093")

    def find_occupied(self) -> dict[str, int]:
        """The ports that another process listens on, by program name."""
        return {name: port for name, port in asdict(self).items() if not is_free(port)}


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # Connections of an earlier run that still linger do not hinder a new server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def accepts_connections(port: int) -> bool:
    """Whether a server on 127.0.0.1 accepts connections at this port."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def describe_listener(port: int) -> str | None:
    """The process that listens there: `nginx (process 4711)`; None where the system hides it."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            # An empty address is a tuple without a port.
            if connection.status != psutil.CONN_LISTEN or connection.laddr[1:] != (port,):
                continue
            if connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None
