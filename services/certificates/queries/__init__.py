"""The reads of the certificates service.

certificates  certificates, their changes, duplicates, the ledger
verification  what verification reads, below the ORM
answers       what verification answers
registry      the feed, below the ORM; manifests, what waits for the registry
"""
