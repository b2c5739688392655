"""The public catalogue for people: server-rendered, Russian and English, without JavaScript.

Only what was published is shown. The addresses are `/ru/...` and `/en/...`.
"""
