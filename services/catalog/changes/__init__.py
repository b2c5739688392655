"""The change feed: dense positions in the order of commits."""
