-- One board's ranks: of the days kept whole, everybody; of the others the first hundred, found by
-- the score of the hundredth.
insert into ranked
with hundredth as (
    select day, list_min(max({board}, 100)) as least
    from scored where {board} > 0 group by day
)
select
    '{board}', day, dev, rank() over (partition by day order by {board} desc), {board}, is_whole,
    ago
from scored
inner join kept_day using (day)
inner join hundredth using (day)
where {board} > 0 and (is_whole or ago in (0, 1, 7) or {board} >= least)
