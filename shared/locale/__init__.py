"""Languages: gettext catalogues with the words, and CLDR's forms of dates.

catalogues       the languages that there are, read from their folders
rules            what a broken rule means, in the reader's language
translator       messages, plurals, dates and periods of one language
accept_language  the language that a browser asks for

A language is a folder `<language>/LC_MESSAGES` with a catalogue `shared.po`, of what all services
say, and one of each service, in its own folder `locale`. Beside each stands `rules.po`, of what
broken rules mean. They are read at the start, so there is nothing to compile.
"""
