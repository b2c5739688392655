"""The pages of a centre's clerk and of a council's secretary."""
