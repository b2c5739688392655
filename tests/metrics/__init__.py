"""Metrics as monitoring reads them: values after real happenings, labels, cost, failures."""
