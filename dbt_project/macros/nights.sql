{% macro has_published() -%}
    {#- Whether anything is published that corrections can be told against: a restored home holds what
        readers were told, and no ledger yet. -#}
    {%- if not execute -%}{{ return(true) }}{%- endif -%}
    {{ return(adapter.get_relation(
        database=target.database, schema='core', identifier='fct_xp_ledger'
    ) is not none) }}
{%- endmacro %}

{% macro is_night() -%}
    {#- Whether the build carries on from what is published (schema core) and computes only what the
        night touches; else (a rebuild: --full-refresh, or nothing published) it computes all.
        While parsing the answer is yes, so that every model names all that it may read. -#}
    {%- if not execute -%}{{ return(true) }}{%- endif -%}
    {{ return(nightquest.has_published() and not flags.FULL_REFRESH) }}
{%- endmacro %}

{% macro prior(mart, day=none, first=none) -%}
    {#- A mart as it is published: the state that a night starts from. Only where is_night(). With
        `day`, its rows from the first computed day on, or from the one that the query `first` tells:
        core lies by day, and Postgres looks only there where a row's day is compared with one
        value. -#}
    {%- if day -%}
    (
        select * from core.{{ mart }}
        where {{ day }} >= ({{ first or 'select min(date_day) from ' ~ ref('int_days_touched') }})
    )
    {%- else -%}
    core.{{ mart }}
    {%- endif -%}
{%- endmacro %}

{% macro facts_to_read(facts, subject) -%}
    {#- The rows of a relation with raw facts that the build reads: in a night those of the days
        whose facts may have changed, and those of subjects who mean somebody else than before.
        `subject` is SQL for the row's subject_id, with the alias `facts`. -#}
    select facts.*
    from {{ facts }} as facts
    {% if nightquest.is_night() -%}
    inner join {{ ref('int_days_changed') }} as changed
        on facts.activity_date = changed.activity_date
    union all
    select facts.*
    from {{ facts }} as facts
    inner join {{ ref('int_subjects_moved') }} as moved
        on
            {{ subject }} = moved.subject_id
            and facts.activity_date >= moved.moved_from
    cross join {{ ref('stg_ops__nights') }} as nights
    left join {{ ref('int_days_changed') }} as changed
        on facts.activity_date = changed.activity_date
    where
        changed.activity_date is null
        and facts.activity_date <= nights.as_of_day
    {%- else -%}
    cross join {{ ref('stg_ops__nights') }} as nights
    where facts.activity_date <= nights.as_of_day
    {%- endif %}
{%- endmacro %}

{% macro published_facts(mart, columns) -%}
    {#- The published rows, on days that are computed, of developers and days whose facts are as
        they were. -#}
    select {% for column in columns %}published.{{ column }}{{ ", " if not loop.last }}{% endfor %}
    from {{ prior(mart, 'activity_date') }} as published
    inner join {{ ref('int_days_touched') }} as days_touched
        on published.activity_date = days_touched.date_day
    inner join {{ ref('int_developers_touched') }} as developers_touched
        on
            published.developer_id = developers_touched.developer_id
            and published.activity_date >= developers_touched.touched_from
    left join {{ ref('int_days_changed') }} as changed
        on published.activity_date = changed.activity_date
    left join {{ ref('int_subjects_moved') }} as moved
        on
            published.developer_id = moved.subject_id
            and published.activity_date >= moved.moved_from
    where
        changed.activity_date is null
        and moved.subject_id is null
{%- endmacro %}

{% macro only_touched(relation, day='activity_date') -%}
    {#- A join that keeps, in a night, the developers and days that are computed. -#}
    {%- if nightquest.is_night() -%}
    inner join {{ ref('int_developers_touched') }} as touched
        on
            {{ relation }}.developer_id = touched.developer_id
            and {{ relation }}.{{ day }} >= touched.touched_from
    {%- endif -%}
{%- endmacro %}

{% macro published_elsewhere(mart, columns, days=none, day='activity_date', last_day=none) -%}
    {#- The published rows on given days (a relation with date_day; none: on all) that the night does
        not compute again: of developers and days that are not touched. Where a row stands for more
        than its `day`, `last_day` is SQL (with the alias `published`) for the last one; without any
        day (none) it stands for all of a developer's. -#}
    {%- set until = last_day or (day and 'published.' ~ day) -%}
    select {% for column in columns %}published.{{ column }}{{ ", " if not loop.last }}{% endfor %}
    from {{ prior(mart, days and day, 'select min(date_day) from ' ~ days) }} as published
    {% if days -%}
    inner join {{ days }} as read_days
        on published.{{ day }} = read_days.date_day
    {% endif -%}
    left join {{ ref('int_developers_touched') }} as computed
        on
            published.developer_id = computed.developer_id
            {% if until -%}
            and {{ until }} >= computed.touched_from
            {%- endif %}
    where computed.developer_id is null
{%- endmacro %}

{% macro attempts_elsewhere(columns, condition) -%}
    {#- The published attempts of developers that the night does not compute again, of those for which
        `condition` (SQL with the alias `published`) holds. Those of teams are computed wherever their
        period reaches into the computed days. -#}
    {{ nightquest.published_elsewhere(
        'fct_mission_attempts',
        columns,
        last_day='coalesce(published.period_end, ' ~ end_of_time() ~ ')',
    ) }}
        and published.developer_id is not null
        and {{ condition }}
{%- endmacro %}

{% macro published_in_slice(mart, day='activity_date') -%}
    {#- The published rows that the build replaces: in a rebuild all. -#}
    select published.*
    from {{ prior(mart, day if nightquest.is_night() else none) }} as published
    {% if nightquest.is_night() -%}
    inner join {{ ref('int_days_touched') }} as days
        on published.{{ day }} = days.date_day
    {{ only_touched('published', day) }}
    {%- endif %}
{%- endmacro %}
