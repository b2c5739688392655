"""Values that people and programs send: one place for each kind, whatever way they come.

pasted       text without what nobody meant to send: blanks around it, characters without a width
lines        a free line, a free text, a person's name
codes        numbers and codes of a fixed form
days         a day as people write it, and the days that can be meant at all
decimals     a number with a comma or a point, compared as it was written
contacts     an e-mail address, a telephone number
json_members objects of JSON without a lost member
sheet_rows   rows of a table as spreadsheets save it
sheet_cells  cells that no spreadsheet evaluates

Bodies, query parameters, files of rows and forms take the same kinds. What is refused is named by
a rule whose sentence says what is right.
"""
