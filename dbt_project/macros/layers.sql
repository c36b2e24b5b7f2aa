{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- The bare layer name (staging, intermediate, build): schema, dbt and Dagster say one word. -#}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{% macro in_bytes(text) -%}
    {#- Text that orders by its bytes: Postgres would take the database's language. -#}
    {{ return(adapter.dispatch('in_bytes', 'nightquest')(text)) }}
{%- endmacro %}

{% macro default__in_bytes(text) -%}{{ text }}{%- endmacro %}

{% macro postgres__in_bytes(text) -%}{{ text }} collate "C"{%- endmacro %}

{% materialization table, adapter='duckdb' -%}
    {{ return(table_in_one_statement()) }}
{%- endmaterialization %}

{% materialization table, adapter='postgres' -%}
    {#- Where its planner expects one row and thousands come, it walks a whole table for each: 58 s
        for a model that takes less than one (5,000 developers, 365 days). -#}
    {{ return(table_in_one_statement('set local enable_nestloop = off;', ' cascade')) }}
{%- endmaterialization %}

{% macro table_in_one_statement(first='', how='') -%}
    {#- One statement in place of dbt's two renames and two drops, which took a third of a small
        model's time. Nobody reads a build before all of it is done. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set relation = this.incorporate(type='table') -%}
    {% call statement('main') -%}
        {{ first }}
        {% if existing is not none %}drop {{ existing.type }} {{ existing }}{{ how }};{% endif %}
        {{ create_table_as(False, relation, model.compiled_code) }}
    {%- endcall %}
    {% if existing is not none %}{% do adapter.cache_dropped(existing) %}{% endif %}
    {% do adapter.dispatch('prepare_for_reading', 'nightquest')(relation) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{% macro default__prepare_for_reading(relation) -%}{%- endmacro %}

{% macro postgres__prepare_for_reading(relation) -%}
    {#- A table just written has no statistics on Postgres; the other engines keep their own. Its
        server would soon tidy up what the next night replaces whole: without that, and unlogged, a
        build takes a fifth less. -#}
    {% do create_indexes(relation) %}
    {% call statement('statistics') -%}
        alter table {{ relation }} set (autovacuum_enabled = false);
        analyze {{ relation }}
    {%- endcall %}
{%- endmacro %}
