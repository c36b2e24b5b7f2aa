"""Who runs when: Dagster assets, the nightly job, publication, and the command line."""
