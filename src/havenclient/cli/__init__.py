"""The plain command line: every view as linear text and JSON, one file per command group.

`table.py` lists the commands, `app.py` runs one, `session.py` opens the vault for it, `output.py`
and `terminal.py` are the only ways to print and to ask. No business rules live here.
"""
