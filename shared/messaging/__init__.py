"""The event path: outbox -> relay -> Kafka -> consumer -> inbox, and the dead letters beside it.

    tables.py        outbox, inbox, dead letters, lag, relay state: tables of every service
    outbox.py        record_events(): events in the same transaction as their change
    envelope.py      CloudEvents 1.0 in Kafka's binary mode, both ways
    relay.py         publishes the outbox in order; one active relay per database
    retention.py     creates the outbox's partitions ahead and drops the published ones
    consumer.py      one transaction per event: inbox row, handler, commit; then the offset
    dead_letters.py  events that could not be handled: parked by key, listed, replayed in order
    lag.py           how far consumers are behind, kept in rows for who may not wait for a broker
    kafka.py         the only module that knows aiokafka
    schema.py        the SQL that creates the tables

Delivery is at least once and in order per aggregate; the inbox makes the effect exactly once.
"""
