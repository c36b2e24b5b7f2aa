-- What each developer who has ever opted in or out wants: the latest statement, and on one day
-- the one of opting out.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

statements as (

    select person_key, key_kind, activity_date, 1 as is_out from {{ ref('stg_filedrop__opt_outs') }}
    union all
    select person_key, key_kind, activity_date, 0 from {{ ref('stg_filedrop__opt_ins') }}

),

identities as (

    select *
    from {{ ref('int_identities_matched') }}
    where
        source = 'file'
        and is_matched

),

ranked as (

    select
        identities.subject_id as developer_id,
        statements.is_out,
        row_number() over (
            partition by identities.subject_id
            order by statements.activity_date desc, statements.is_out desc
        ) as statement_rank
    from statements
    cross join nights
    inner join identities
        on
            statements.person_key = identities.person_key
            and statements.key_kind = identities.key_kind
    where statements.activity_date <= nights.as_of_day

)

select
    developer_id,
    is_out
from ranked
where statement_rank = 1
