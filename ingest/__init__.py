"""Sources -> landing -> raw. Plain Python that knows HTTP, files, connectors and Polars.

The package never imports the orchestrator, dbt or the app: its contract with the models is the
tables of `ingest.tables`, and with the orchestrator a handful of functions.
"""
