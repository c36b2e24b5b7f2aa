"""File drop: what people without an API put into an inbox folder or bucket, whole files at a time.

Lag: a file counts from the night after it was dropped. One that changed in the last five seconds,
or between two looks two seconds apart, waits for the next night, and so does NDJSON without a final
newline and Parquet without its footer. Who writes slowly writes to `x.csv.part` and renames.

Limits: CSV (UTF-8; comma or semicolon), NDJSON and Parquet, up to 500 MB and 10 million rows, read
into memory one file at a time. A mistake anywhere rejects the whole file, with a report of at most
1,000 mistakes. A file holds until one of the same name replaces it; nothing waits for a file.
"""
