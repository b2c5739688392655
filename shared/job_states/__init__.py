"""What a process does again and again, as operations see it.

tables      each job's last success, failure and backlog; the rows that a job could not handle
schema      the same for migrations
job_views   jobs, and whether each does its work
states      a round's end recorded, the states listed, the place from which a long job goes on
duty_reports  what has no end, as the process that does it reports it
rows        a round over rows that are due, past those that cannot be handled
set_aside   rows set aside with their reason, tried again, and listed
"""
