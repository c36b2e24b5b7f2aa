"""Snowflake: the company's own tables, by extracts that the settings file declares.

Lag: views in ACCOUNT_USAGE are hours behind, and tables are corrected afterwards: the re-read
window is fetched whole every night. Whatever is asked for is taken as complete: a table does not
say what it still waits for.

Limits: an extract is a single SELECT with the bound parameters `%(from_day)s` and `%(to_day)s`
(a literal % is written %%). Timestamps without a zone are taken as UTC; day columns as local days.
Memory holds one batch of Arrow rows at a time, and one day while it is landed.
"""
