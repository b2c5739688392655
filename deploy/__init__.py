"""Everything that puts the services to work: migrations, the local stack, Kafka, images."""
