"""The end of validity approaching: which notices are due, and the ledger of those recorded."""
