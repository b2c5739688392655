"""The house's own rules, read off the source: names, transactions, tables, types."""
