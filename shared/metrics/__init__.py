"""What monitoring reads of a process, in the text format of Prometheus.

registry     what this process counts and measures itself
families     gauges built from values that were read
database     gauges read from the database by bounded statements; the pool's connections
deadlines    what was broken off for its time
duty_ages    how the duties of the process get on
exposition   all of it as text, what must be asked for first kept for some seconds
"""
