"""Pages for people: server-rendered, in every language that has a catalogue, without JavaScript.

site   a service's pages: templates, headers, problems as pages
"""
