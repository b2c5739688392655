"""From the decision to the certificate or the statement: numbers, issue, supersession."""
