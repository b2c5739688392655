"""The pages of operations that every service has: its jobs, events, rows set aside, dead letters.

panels        parts of a page that fail alone; pages that are asked for again only when changed
filters       filters of a list in its address
row_pages     long lists, a page at a time
words         jobs, events and reasons as people call them
figures       figures of a service that lead to their rows
overview      the figures of all services at one address, each asked for by the reader's browser
service_pages a service's own page, and its rows set aside
letter_pages  dead letters, and what is done about one
parked_pages  events that no broker takes, and what is done about one
"""
