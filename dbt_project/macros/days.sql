{% macro add_days(day, count) -%}
    {#- A date `count` days later (a number or an integer expression). -#}
    cast({{ dbt.dateadd('day', 'cast(' ~ count ~ ' as integer)', day) }} as date)
{%- endmacro %}

{% macro days_between(first_day, last_day) -%}
    {#- Whole days from first_day to last_day: 0 for the same day. -#}
    cast({{ dbt.datediff(first_day, last_day, 'day') }} as integer)
{%- endmacro %}

{% macro iso_weekday(day) -%}
    {#- 1 Monday .. 7 Sunday; 1900-01-01 was a Monday, and no fact is older. -#}
    (mod({{ nightquest.days_between("cast('1900-01-01' as date)", day) }}, 7) + 1)
{%- endmacro %}

{% macro start_of(period, day) -%}
    {#- First day of the week (ISO Monday), month or quarter of a date. -#}
    cast({{ dbt.date_trunc(period, day) }} as date)
{%- endmacro %}

{% macro season_of(day) -%}
    {#- The calendar quarter as text, such as 2026-Q1. -#}
    cast(extract(year from {{ day }}) as varchar) || '-Q' || cast(extract(quarter from {{ day }}) as varchar)
{%- endmacro %}

{% macro season_start(repeat, day) -%}
    {#- First day of the season that a fact counts for; the beginning of time where a badge is won
        once. -#}
    case {{ repeat }}
        when 'season' then {{ nightquest.start_of('quarter', day) }}
        else {{ nightquest.beginning_of_time() }}
    end
{%- endmacro %}

{% macro end_of_time() -%}cast('9999-12-31' as date){%- endmacro %}

{% macro beginning_of_time() -%}cast('1900-01-01' as date){%- endmacro %}
