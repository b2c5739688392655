"""What the national registry reads and answers: feed, manifests, snapshot, receipts, comparison."""
