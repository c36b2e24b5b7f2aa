-- Each day's first value is the person's usual one, the others follow it in the list.
with counted as (
    select
        n, day, rev, user_id,
        unnest([
            {{'kind': 'feature', 'names': [
                'code_completion', 'chat_panel_ask_mode', 'chat_inline', 'chat_panel_agent_mode',
                'agent_edit', 'chat_panel_edit_mode', 'code_review', 'chat_panel_custom_mode',
                'copilot_cli'
            ],
               'count': how_many(u(n, day, rev, 'f'), 1.9)}},
            {{'kind': 'language', 'names': [
                'python', 'typescript', 'java', 'go', 'sql', 'javascript', 'csharp', 'ruby',
                'rust', 'kotlin', 'shell', 'yaml', 'markdown', 'html'
            ],
               'count': how_many(u(n, day, rev, 'n'), 1.2)}},
            {{'kind': 'model', 'names': [
                'gpt-5', 'claude-sonnet-4.5', 'gemini-2.5-pro', 'gpt-4.1', 'claude-opus-4.1'
            ],
               'count': how_many(u(n, day, rev, 'm'), 0.8)}}
        ]) as used
    from active_days
    where has_copilot and u(n, day, rev, 'kind of day') >= 0.06
),
numbered as (
    select *, unnest(range(least(used.count, len(used.names)))) as k from counted
)
select
    '{scope}', day, user_id, used.kind,
    used.names[1 + cast((n + floor(2 * u(n, day, rev, 'start')) + k) as bigint) % len(used.names)],
    1 + cast(floor(30 * pow(u(n, day, k, used.kind), 2)) as bigint), 'load-' || day
from numbered
