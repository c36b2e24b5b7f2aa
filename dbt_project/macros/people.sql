{% macro is_shown(developer_id) -%}
    {#- Whether a person (or nobody: null) has not opted out of every table that names people. -#}
    not exists (
        select 1
        from (
            -- A name of its own: a bare developer_id of the outer query would be taken for this one.
            select developer_id as hidden_id from {{ ref('int_developers_opted_out') }}
        ) as opted_out
        where opted_out.hidden_id = {{ developer_id }}
    )
{%- endmacro %}
