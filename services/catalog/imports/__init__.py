"""A council's table uploaded: the dry run, its report, the rows applied."""
