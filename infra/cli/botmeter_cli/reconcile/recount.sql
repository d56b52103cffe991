-- The metering rule (docs/metering.md), written down a second time: nothing of the meter is used here.
--
-- Given: the table `bots` (bot, bot_id, idle_ms), and the variables `files` (archived events, compressed
-- lines of JSON, each any number of times), `from_ms` and `to_ms` (the billing period, its end excluded).
-- Made: the table `recounted`, a row for each window that shares time with the period, and for each alert in
-- it. Instants are milliseconds since 1970 UTC. A mark is `instant * 8 + kind`.

-- What is said of bots that exist, but for tests. All columns are named, so that no row is looked at twice;
-- digits beyond the millisecond are cut off, not rounded.
CREATE TEMP TABLE happened AS
SELECT
    bots.bot,
    CASE WHEN event.type = 'alert.delivered'
         THEN event.data.alert_id || '/' || event.data.user_id
         ELSE event.data.conversation_id END AS name,
    (epoch_us(CAST(upper(event.time) AS TIMESTAMPTZ)) // 1000) * 8
    + CASE event.type
        WHEN 'conversation.message' THEN
            CASE event.data.role WHEN 'user' THEN 0 WHEN 'bot' THEN 1 WHEN 'agent' THEN 2
                                 ELSE error('unknown role') END
        WHEN 'conversation.agent.joined' THEN 3
        WHEN 'conversation.agent.left' THEN 4
        WHEN 'conversation.ended' THEN 5
        WHEN 'alert.delivered' THEN 6
        ELSE error('unknown type') END AS mark
FROM read_json(
    getvariable('files'),
    format = 'newline_delimited',
    compression = 'gzip',
    auto_detect = false,
    columns = {
        time: 'VARCHAR',
        type: 'VARCHAR',
        data: 'STRUCT(bot_id VARCHAR, conversation_id VARCHAR, alert_id VARCHAR, user_id VARCHAR,
                      role VARCHAR, test BOOLEAN)'
    }
) AS event
JOIN bots ON bots.bot_id = event.data.bot_id
WHERE NOT coalesce(event.data.test, false);

-- Conversations by number: sorting and joining by numbers takes half the time that names take.
CREATE TEMP TABLE conversations AS
SELECT CAST(row_number() OVER () AS INTEGER) AS conversation, bot, name
FROM (SELECT DISTINCT bot, name FROM happened WHERE (mark & 7) <> 6) AS named;

-- Each mark once, beside the one before it in its conversation; does a new window start with it?
CREATE TEMP TABLE marks AS
SELECT
    conversation,
    mark,
    previous,
    previous IS NULL
    OR (previous & 7) = 5
    OR (mark >> 3) - (previous >> 3) > idle_ms AS starts
FROM (
    SELECT
        conversation,
        idle_ms,
        mark,
        lag(mark) OVER (PARTITION BY conversation ORDER BY mark) AS previous
    FROM happened
    JOIN conversations USING (bot, name)
    JOIN bots USING (bot)
    WHERE (mark & 7) <> 6
) AS ordered
WHERE previous IS DISTINCT FROM mark;

-- The number of its window, and whether an agent held the conversation from the mark before until this one.
-- A window's first mark resets that: a joined agent is forgotten when the window ends.
CREATE TEMP TABLE stretches AS
SELECT
    conversation,
    mark,
    number,
    CASE WHEN starts THEN NULL ELSE previous >> 3 END AS since_ms,
    NOT starts AND held AS held,
    CASE WHEN starts THEN 0 ELSE (mark >> 3) - (previous >> 3) END AS length_ms
FROM (
    SELECT
        *,
        CAST(sum(CAST(starts AS INTEGER)) OVER so_far AS INTEGER) AS number,
        last_value(
            CASE WHEN (mark & 7) = 3 THEN true WHEN (mark & 7) = 4 OR starts THEN false END IGNORE NULLS
        ) OVER (
            PARTITION BY conversation ORDER BY mark ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS held
    FROM marks
    WINDOW so_far AS (PARTITION BY conversation ORDER BY mark)
) AS numbered;

-- A window is billed if the user spoke while no agent held the conversation.
CREATE TEMP TABLE sittings AS
SELECT
    conversation,
    number,
    min(mark) >> 3 AS start_ms,
    max(mark) >> 3 AS end_ms,
    CAST(sum(CASE WHEN held THEN length_ms ELSE 0 END) AS BIGINT) AS agent_ms,
    CAST(sum(CASE WHEN held THEN 0 ELSE length_ms END) AS BIGINT) AS bot_ms,
    bool_or((mark & 7) = 0 AND NOT held) AS billable
FROM stretches
GROUP BY conversation, number;

-- The sessions after a window's first: session k starts where the bot's clock reaches k quarters of an hour,
-- which is in one of the stretches in which it runs. At the window's end none starts any more.
CREATE TEMP TABLE later_sessions AS
SELECT conversation, number, list(at_ms ORDER BY at_ms) AS starts_ms
FROM (
    SELECT conversation, number, since_ms + k * 900000 - (clock_ms - run_ms) AS at_ms
    FROM (
        SELECT
            *,
            unnest(range((clock_ms - run_ms) // 900000 + 1, least(clock_ms, bot_ms - 1) // 900000 + 1)) AS k
        FROM (
            SELECT
                conversation,
                number,
                since_ms,
                bot_ms,
                CASE WHEN held THEN 0 ELSE length_ms END AS run_ms,
                CAST(sum(run_ms) OVER (PARTITION BY conversation, number ORDER BY mark) AS BIGINT) AS clock_ms
            FROM stretches
            JOIN (
                SELECT conversation, number, bot_ms FROM sittings WHERE billable AND bot_ms > 900000
            ) AS long USING (conversation, number)
        ) AS running
        WHERE run_ms > 0
    ) AS reached
) AS begun
GROUP BY conversation, number;

CREATE TEMP TABLE recounted AS
SELECT *
FROM (
    SELECT
        'usage' AS unit,
        bot,
        name,
        start_ms,
        end_ms,
        agent_ms,
        CASE WHEN NOT billable THEN CAST([] AS BIGINT[])
             WHEN starts_ms IS NULL THEN [start_ms]
             ELSE list_prepend(start_ms, starts_ms) END AS session_starts_ms
    FROM sittings
    JOIN conversations USING (conversation)
    LEFT JOIN later_sessions USING (conversation, number)
    UNION ALL
    -- One for each alert and user, when it was first delivered.
    SELECT 'alert', bot, name, min(mark) >> 3, min(mark) >> 3, 0, [min(mark) >> 3]
    FROM happened
    WHERE (mark & 7) = 6
    GROUP BY bot, name
) AS everything
WHERE end_ms >= getvariable('from_ms') AND start_ms < getvariable('to_ms');
