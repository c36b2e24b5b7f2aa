-- u is even in [0, 1); how_many is at least 1, with a long tail.
create or replace temp macro u(a, b, c, salt) as
    (hash(a, b, c, salt) >> 11) / 9007199254740992.0;
create or replace temp macro how_many(x, mean_more) as
    1 + cast(floor(-ln(1 - x) * mean_more) as integer);
