{% test unique_combination(model, columns) %}
-- The grain of a table: no two rows share these columns (nulls count as equal).
select
    {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
