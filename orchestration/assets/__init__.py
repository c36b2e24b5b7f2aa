"""The assets, one file a step of the night: landing, raw, models, marts."""
