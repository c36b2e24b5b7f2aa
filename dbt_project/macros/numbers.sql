{% macro round_half_up(numerator, denominator) -%}
    {#- The whole number nearest to numerator / denominator, halves up, exact on every engine: both
        are made whole first (at most 12 digits after the point, below 10^14), and what is divided
        leaves no rest, so that a decimal, an integer and a double division agree.
        numerator >= 0, denominator > 0. -#}
    {%- set n = nightquest.to_whole(numerator) -%}
    {%- set d = nightquest.to_whole(denominator) -%}
    cast(
        (2 * {{ n }} + {{ d }} - mod(2 * {{ n }} + {{ d }}, 2 * {{ d }})) / (2 * {{ d }}) as bigint
    )
{%- endmacro %}

{% macro round_whole(numerator, denominator) -%}
    {#- As round_half_up, for whole numbers (bigint): without the way over decimals, which costs ten
        times as much. numerator >= 0, denominator > 0. -#}
    {%- set n -%}(2 * ({{ numerator }}) + {{ denominator }}){%- endset -%}
    cast(({{ n }} - mod({{ n }}, 2 * {{ denominator }})) / (2 * {{ denominator }}) as bigint)
{%- endmacro %}

{% macro to_whole(value) -%}
    {#- 37 digits: the emulated Snowflake would take 38 without a scale for a bigint. -#}
    cast(cast({{ value }} as numeric(38, 12)) * 1000000000000 as numeric(37, 0))
{%- endmacro %}

{% macro share(part, whole, factor=1) -%}
    {#- factor * part / whole with 4 decimals, halves up; 0 where part is below 0. -#}
    cast(
        {{ nightquest.round_half_up(
            (factor * 10000) ~ " * greatest(0, " ~ part ~ ")", whole
        ) }} / 10000.0 as numeric(18, 4)
    )
{%- endmacro %}

{% macro mean(total, count) -%}
    {#- total / count of whole numbers with 4 decimals, halves up also below 0 (-0.00005 is 0): what
        is divided leaves no rest, as above. count > 0, total below 10^14. -#}
    {%- set n = "(20000 * cast(" ~ total ~ " as bigint) + cast(" ~ count ~ " as bigint))" -%}
    {%- set d = "(2 * cast(" ~ count ~ " as bigint))" -%}
    cast(
        cast(({{ n }} - mod(mod({{ n }}, {{ d }}) + {{ d }}, {{ d }})) / {{ d }} as bigint)
        / 10000.0 as numeric(18, 4)
    )
{%- endmacro %}

{% macro levels_in_force() -%}
    {#- The levels of the rule pack's curve: level, title, total_xp_required, and what the next one
        asks for (null for the highest). -#}
    select
        levels.level,
        levels.title,
        levels.total_xp_required,
        lead(levels.total_xp_required) over (order by levels.level) as next_level_total_xp
    from {{ ref('levels') }} as levels
    inner join {{ ref('stg_rules__packs') }} as packs
        on levels.curve = packs.level_curve
{%- endmacro %}

{% macro stands_on(total_xp, levels='levels') -%}
    {#- SQL: the row of levels_in_force() on which a total stands; below 0 counts as 0. -#}
    greatest(0, {{ total_xp }}) >= {{ levels }}.total_xp_required
    and (
        {{ levels }}.next_level_total_xp is null
        or greatest(0, {{ total_xp }}) < {{ levels }}.next_level_total_xp
    )
{%- endmacro %}
