-- The site's own tasks (quicksilver_task), run by daemons: which executions are whose.

create table postrider.site_run (
    execution_id bigint primary key,     -- of quicksilver_execution
    task_id bigint not null,
    queue text not null,
    command text not null,
    daemon_id bigint not null,
    key text not null,                   -- by which its processes are known: POSTRIDER_RUN
    locks text not null,                 -- JSON: those of its command that were there before it
    due timestamp with time zone not null, -- the task's next run, as it was then
    ended timestamp with time zone       -- only its locks are still to be removed
);
create unique index site_run_one on postrider.site_run (task_id) where ended is null;
create unique index site_run_one_of_queue on postrider.site_run (queue) where ended is null;

-- Tasks that are due again at once rest for a little.
create table postrider.site_task_pause (
    task_id bigint primary key,
    not_before timestamp with time zone not null
);
