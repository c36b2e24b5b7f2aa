"""GitHub: merged pull requests, reviews, closed issues, members and teams of an organisation, and
its members' verified e-mail addresses where people are matched by them.

Lag: the search index is late, reviews come late, repositories are transferred: the re-read window
is fetched whole every night. Members and teams have no history: they are snapshots.

Limits: a search reaches 1,000 results, so its window is halved until each part is below that; the
list of issues knows no day of closing, so everything updated since the window's start is read;
GitHub wants serial requests. An organisation that does not exist is a search without results:
only REST says 404, which is therefore asked first.
"""
