"""The link of a letter that leads to a new application, filled in from the earlier one."""
