"""Pages for people: server-rendered, in every language with a catalogue, whole without JavaScript.

site         a service's pages: templates, language, headers
shell        what stands around every page; navigation, preferences: what it is made of
failures     a page for every failure; unsent_forms, ways_on: what it shows
sign_in      signing in and out by the identity provider
forms        the fields of forms, what people mean by them, and a form as it is shown again
charts       charts as the places of their figures
live         news of what a page shows, by server-sent events
static_files the style sheet, the script and the icon; robots: what search engines may ask for
parts_page   all parts on one page; the parts themselves are macros in `templates/parts`
"""
