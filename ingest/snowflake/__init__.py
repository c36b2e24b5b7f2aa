"""Snowflake: the company's own tables, by extracts that the settings file declares.

Lag: views in ACCOUNT_USAGE are hours behind, and tables are corrected afterwards: the re-read
window is fetched whole every night. Whatever is asked for is taken as complete: a table does not
say what it still waits for. People and identity maps have no days: each night takes a snapshot.

Limits: an extract is a single SELECT with the bound parameters `%(from_day)s` and `%(to_day)s`
(a literal % is written %%); for a snapshot both are its day. Timestamps without a zone are taken
as UTC; day columns as local days. Memory holds two batches of Arrow rows at a time (one on its way,
one worked on) and one part of a day; the batches wait on disk for the last.
"""
