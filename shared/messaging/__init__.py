"""The event path: outbox -> relay -> Kafka -> consumer -> inbox, and the dead letters beside it.

    tables.py        outbox, inbox, dead letters and the relay's memory, in every service's database
    outbox.py        record(): an event in the same transaction as the change that it tells of
    envelope.py      CloudEvents 1.0 in Kafka's binary mode, both ways
    relay.py         publishes the outbox in order; one active relay per database
    retention.py     makes the outbox's partitions ahead and drops the published ones
    consumer.py      one transaction per event: inbox row, handler, commit; then the offset
    dead_letters.py  what could not be handled: parked by key, listed, replayed in order
    kafka.py         the only module that knows aiokafka
    worker.py        a service's event process

Delivery is at least once and in order per aggregate; the inbox makes the effect exactly once.
"""
