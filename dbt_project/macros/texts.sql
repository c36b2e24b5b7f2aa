{% macro as_sentence(text) -%}
    {#- A text with its full stop and a blank behind it, ready to be followed; nothing for null. -#}
    case
        when coalesce({{ text }}, '') = '' then ''
        when
            {{ text }} like '%.'
            or {{ text }} like '%!'
            or {{ text }} like '%?'
            then {{ text }} || ' '
        else {{ text }} || '. '
    end
{%- endmacro %}

{% macro xp_earned(outcome, xp, xp_perfect) -%}
    {#- How a mission went and what it earned, in one sentence: completed with the full score, or
        passed. -#}
    case {{ outcome }} when 'completed' then 'You reached the full score' else 'You made it' end
    || case when {{ xp }} > 0 then ' and earned ' || cast({{ xp }} as varchar) || ' XP' else '' end
    || case when {{ xp_perfect }} > 0 then ', perfect bonus included' else '' end
    || '.'
{%- endmacro %}
