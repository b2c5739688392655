"""How a certificate is numbered, how it stands on a day, when notices are due. No I/O.

numbers   the number, by the form of the settings
standing  the verdict on a day, by what was known then
notices   which notices its validity calls for
duplicates  why a duplicate is given
records   what the registry is told, and what it answers
chain     the hashes over the registry's feed
"""
