"""The fault table: each way in which a source is known to fail, injected, and what must come out.

A case is an entry of one of the YAML files here; to add a fault, add a case (`cases.py` says what
it may hold). `python -m tests.faults` prints the table; `python -m tests.faults.mutants` takes each
fault's handler away and demands that a case fails.
"""
