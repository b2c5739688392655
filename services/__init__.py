"""The three services. None imports another; they meet in `shared.events` and over Kafka."""
