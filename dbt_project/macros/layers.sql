{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- The bare layer name (staging, intermediate, build): schema, dbt and Dagster say one word. -#}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{% macro gather_statistics() -%}
    {#- A table just written has no statistics on Postgres, and its planner then joins by nested
        loops; the other engines keep their own. -#}
    {{ return(adapter.dispatch('gather_statistics', 'nightquest')()) }}
{%- endmacro %}

{% macro default__gather_statistics() -%}{%- endmacro %}

{% macro postgres__gather_statistics() -%}
    {%- if model.config.materialized in ('table', 'incremental', 'seed') %}analyze {{ this }}{% endif -%}
{%- endmacro %}
