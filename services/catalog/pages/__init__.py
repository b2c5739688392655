"""The public catalogue for people: server-rendered, in every language, without JavaScript.

Only what was published is shown. The addresses begin with the language: `/ru/...`, `/en/...`.
"""
