"""What a process does again and again, as operations see it.

tables      each job's last success, failure and backlog; the rows that a job could not handle
schema      the same for migrations
states      a round's end recorded, the states listed, the place from which a long job goes on
rows        a round over rows that are due, past those that cannot be handled
set_aside   rows set aside with their reason, tried again, and listed
"""
