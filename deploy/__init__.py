"""Deployment: migrations, the local stack, Kafka, benchmarks."""
