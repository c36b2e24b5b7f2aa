-- Who means somebody else than when last published, and since which day: the subjects between whom
-- a key has moved, accounts that turned out to be bots or no bots, and who reviewed such an account.
-- Empty in a rebuild.
{{ config(indexes=[{'columns': ['subject_id']}]) }}
with

held as (

    select * from {{ ref('state_identities') }}

),
{% if is_night() %}
before as (

    select * from {{ prior('state_identities') }}

),
{% else %}
before as (

    select * from held

),
{% endif %}
moved_keys as (

    select
        held.subject_id,
        before.subject_id as former_subject_id,
        least(held.first_date, before.first_date) as moved_from
    from held
    inner join before
        on
            held.source = before.source
            and held.key_kind = before.key_kind
            and held.person_key = before.person_key
    where held.subject_id <> before.subject_id

),

judged_anew as (

    select
        held.subject_id,
        cast('1900-01-01' as date) as moved_from
    from held
    inner join before
        on
            held.source = before.source
            and held.key_kind = before.key_kind
            and held.person_key = before.person_key
    where held.is_bot <> before.is_bot

),

moved as (

    select subject_id, moved_from from moved_keys
    union all
    select former_subject_id, moved_from from moved_keys
    union all
    select subject_id, moved_from from judged_anew
    {% if is_night() %}
    union all
    select
        reviews.developer_id,
        judged_anew.moved_from
    from {{ prior('fct_activity_values') }} as reviews
    inner join judged_anew
        on reviews.value_text = judged_anew.subject_id
    where reviews.metric = 'github.colleagues_reviewed'
    {% endif %}

)

select
    subject_id,
    min(moved_from) as moved_from
from moved
group by subject_id
