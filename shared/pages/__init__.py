"""Pages for people: server-rendered, Russian and English, without JavaScript.

words  messages, days, terms, counts in both languages
site   a service's pages: templates, headers, problems as pages
"""
