"""Letters to holders about the end of validity and changes of their certificates."""
