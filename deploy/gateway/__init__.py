"""The gateway: the table of addresses, nginx made from it, and the words when a service is down.

`routes.json` says which service answers which prefix, by whole segments of the path, the longest
first. `{language}` stands for a language's code. `/` is the prefix of all: what no other names goes
to the service that has a page for it. What is closed is answered on the services' own ports only.
"""
