"""The game a second time: plain loops and dicts, written from `game.md` alone.

It shares no rule, no code and no SQL with the dbt models, so that equal rows are evidence. The
entries: `facts.read_facts`, `game.play`, `compare.differences`, `histories.generate`,
`census.census`.
"""
