"""The reads of the certificates service.

certificates  certificates, their changes, the ledger
answers       what verification answers
"""
