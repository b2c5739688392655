"""A council's table of qualifications, read with its defects found, and written again.

Pure: bytes in, a report out; no database, no clock, no network. The table is the form of the
Ministry of Labour's order 726n of 12.12.2016 (annex): eleven columns, one qualification a row.

    content ── reading.read_file: read_docx | read_xlsx | read_csv | read_text ──> RawTable
            ── reading.row_joining ──> one row of eleven cells for each qualification
            ── reading.read_draft, by the grammar of each column ──> CandidateDraft, findings
            ── reading.read_table ──> TableReport

`grammar` has what a cell means: `column` names the eleven; `functions`, `standards`, `titles`,
`requirements` and `short_columns` read them; `surroundings` reads the lines around the table.

`writing.write_docx` and `write_csv` write qualifications in the same form; reading what they wrote
gives the same ones. Nothing is guessed: what a stated rule does not read stays as it was printed,
with a finding.
"""
