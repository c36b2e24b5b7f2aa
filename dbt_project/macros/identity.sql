{% macro match_key(key_kind, person_key) -%}
    {#- A person's key as it is compared: logins and e-mail addresses mean the same in any case. -#}
    case when {{ key_kind }} in ('login', 'email') then lower({{ person_key }}) else {{ person_key }} end
{%- endmacro %}

{% macro user_id_of(key_kind, person_key) -%}
    {#- The digits of a key that is a GitHub user id; null for any other. -#}
    case
        when
            {{ key_kind }} = 'github_user_id'
            and translate({{ person_key }}, '0123456789', '') = ''
            and {{ person_key }} <> ''
            and {{ person_key }} not like '0%'
            then {{ person_key }}
    end
{%- endmacro %}

{% macro developer_of(user_id) -%}
    {#- The developer id of a GitHub user id (a number, or its digits); of a negative one, who was
        erased (ingest/tombstones.py), the pseudonym. -#}
    cast(
        case when cast({{ user_id }} as bigint) < 0 then 'erased:' else 'github:' end
        || cast(abs(cast({{ user_id }} as bigint)) as varchar) as varchar
    )
{%- endmacro %}
