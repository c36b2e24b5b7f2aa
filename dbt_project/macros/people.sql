{% macro is_shown(developer_id) -%}
    {#- Whether a person (or nobody: null) has not opted out of every table that names people. -#}
    not exists (
        select 1
        from {{ ref('int_developers_opted_out') }} as opted_out
        where opted_out.developer_id = {{ developer_id }}
    )
{%- endmacro %}
