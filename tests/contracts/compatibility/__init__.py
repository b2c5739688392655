"""Which differences of two documents would break those who rely on the earlier one.

Only what is known to be harmless is let pass: whatever no rule here knows counts as breaking.
"""
