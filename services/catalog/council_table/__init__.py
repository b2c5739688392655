"""A council's table of qualifications, read with its defects found, and written again.

Pure: bytes in, a report out; no database, no clock, no network. The table is the form of the
Ministry of Labour's order 726n of 12.12.2016 (annex): eleven columns, one qualification a row.

    content ── reading.read_docx | read_xlsx | read_csv | read_text ──> rows of cells with origin
            ── reading.joining ──> one row of eleven cells for each qualification
            ── grammar: functions, standards, requirements, columns ──> drafts and findings
            ── reading.read_table ──> TableReport

`writing.write_docx` and `write_csv` write drafts in the same form; reading what they wrote gives
the same drafts. Nothing is guessed: what a stated rule does not read stays as it was printed, with
a finding.
"""
