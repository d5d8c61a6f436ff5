import * as z from 'zod';
import { askedTool, defaultApprovalSec } from './approvals.js';
import { isShortDirectory, maxDirectoryBytes, parseDirectory } from './directories.js';
import { Event, EventKind } from './events.js';
import { Failure } from './failures.js';
import { ApprovalId, RunId, RunnerId } from './ids.js';
import { PageQuery, queryInt, queryList } from './lists.js';
import { finalStatuses, permissionModes, runStatuses } from './plain/run-words.js';
import { QueuePlace, QueueWait } from './queue.js';
import { Instant, storableText, Timestamp } from './text.js';

export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

export const FinalStatus = z.enum(finalStatuses);
export type FinalStatus = z.infer<typeof FinalStatus>;

export const PermissionMode = z.enum(permissionModes);
export type PermissionMode = z.infer<typeof PermissionMode>;

/** A model name or alias; it becomes one argument of a command line, so it cannot begin with a dash. */
export const ModelName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,199}$/, {
  error: 'may hold letters, digits and . _ : / @ [ ] - and begins with a letter or digit',
});

/** Claude Code's session id; it becomes one argument of a command line. */
export const AgentSessionId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, {
  error: 'is not a session id',
});

export const Prompt = storableText(500_000).refine((text) => text.trim() !== '', {
  error: 'must not be empty',
});

/** An absolute directory on the runner's machine, POSIX or Windows, kept as the caller spelled it. */
export const Cwd = storableText(4_096)
  .refine((text) => parseDirectory(text) !== undefined, {
    error: 'must be an absolute directory, such as /home/you/code or C:\\Users\\you\\code',
  })
  .refine(isShortDirectory, {
    error: `must have at most ${maxDirectoryBytes} bytes as UTF-8`,
  });

export const Label = storableText(100).trim().min(1);

/** What a run is filed under. */
const Labels = z
  .array(Label)
  .max(20)
  .refine((labels) => new Set(labels).size === labels.length, { error: 'must not repeat a label' });

/** Tokens by kind; `cacheReadTokens` and `cacheCreationTokens` are not part of `inputTokens`. */
const Tokens = z.int().min(0).max(1_000_000_000_000);
const tokenCounts = {
  inputTokens: Tokens,
  outputTokens: Tokens,
  cacheReadTokens: Tokens,
  cacheCreationTokens: Tokens,
};

/** Bounded, as tokens are, so that sums of many sessions stay numbers. */
export const CostUsd = z.number().min(0).max(1_000_000_000);

export const Usage = z
  .strictObject({
    ...tokenCounts,
    byModel: z.record(storableText(200), z.strictObject({ ...tokenCounts, costUsd: CostUsd })),
  })
  .meta({ id: 'Usage', description: 'Tokens of the session, in all and by model' });
export type Usage = z.infer<typeof Usage>;

/** What bounds a session. All optional, and null is none, as answers have it; a runner may set lower bounds of its own. */
const limits = {
  timeoutSec: z.int().min(1).max(604_800).nullish().meta({ description: 'Seconds the session may run' }),
  stallSec: z.int().min(1).max(86_400).nullish().meta({ description: 'Seconds it may give no output' }),
  maxTurns: z.int().min(1).max(10_000).nullish().meta({ description: 'Turns the agent may take' }),
  maxBudgetUsd: z
    .number()
    .positive()
    .max(100_000)
    .nullish()
    .meta({ description: 'Cost it may reach, in USD' }),
};

export const CreateRun = z
  .strictObject({
    prompt: Prompt,
    cwd: Cwd,
    runnerId: RunnerId.nullish().meta({ description: 'Pin the run to this runner' }),
    permissionMode: PermissionMode.default('default'),
    model: ModelName.nullish(),
    labels: Labels.default([]),
    priority: z.int().min(-100).max(100).default(0).meta({ description: 'Higher is claimed first' }),
    sharedCwd: z.boolean().default(false).meta({
      description: 'Allow other sessions in the same directory at the same time',
    }),
    queueTtlSec: z.int().min(1).max(2_592_000).nullish().meta({
      description: 'Seconds the run may stay queued before it fails with queue_expired',
    }),
    retry: z
      .strictObject({ maxAttempts: z.int().min(1).max(10) })
      .default({ maxAttempts: 1 })
      .meta({ description: 'How often the session may be started when a runner is lost; 1 is never again' }),
    approvalSec: z.int().min(0).max(604_800).default(defaultApprovalSec).meta({
      description:
        'Seconds that a tool which the permission mode does not grant waits for a person to allow it; then, or at once with 0, it is denied and the session goes on',
    }),
    ...limits,
  })
  .meta({ id: 'CreateRun' });
export type CreateRun = z.infer<typeof CreateRun>;

/** What may be changed of a run; what is left out stays as it is. */
export const UpdateRun = z
  .strictObject({
    labels: Labels.optional().meta({ description: 'All of them, in place of those it has' }),
    sharedCwd: z.boolean().optional().meta({
      description:
        'Whether other sessions that allow it too may work in its directory at the same time; also of one that runs already: what waits for the directory and shares it begins then',
    }),
  })
  .meta({ id: 'UpdateRun' });
export type UpdateRun = z.infer<typeof UpdateRun>;

export const CreateFollowup = z
  .strictObject({
    prompt: Prompt.optional().meta({ description: 'Required; with `fresh`, the parent’s prompt by default' }),
    fresh: z.boolean().optional().meta({
      description:
        'Begin a new Claude session instead of resuming the parent’s: also where that never began or is not found',
    }),
  })
  .refine(({ prompt, fresh }) => prompt !== undefined || fresh === true, {
    error: 'is required, unless fresh is true',
    path: ['prompt'],
  })
  .meta({ id: 'CreateFollowup' });
export type CreateFollowup = z.infer<typeof CreateFollowup>;

export const Run = z
  .strictObject({
    id: RunId,
    status: RunStatus,
    input: z.string().meta({ description: 'The prompt' }),
    cwd: z.string(),
    permissionMode: PermissionMode,
    model: z.string().nullable().meta({ description: 'As requested; null is the runner’s default' }),
    runnerId: RunnerId.nullable().meta({ description: 'The runner it is pinned to or was claimed by' }),
    parentRunId: RunId.nullable(),
    parentDeletedAt: Timestamp.nullable().meta({
      description: 'When the run it follows was deleted: parentRunId then leads nowhere',
    }),
    threadId: RunId.meta({ description: 'The first run of the thread' }),
    fresh: z.boolean().meta({
      description: 'A follow-up that began a Claude session of its own instead of resuming its parent’s',
    }),
    agentSessionId: z.string().nullable().meta({ description: 'Claude’s session, once it began' }),
    labels: z.array(z.string()),
    priority: z.int(),
    sharedCwd: z.boolean(),
    retry: z.strictObject({ maxAttempts: z.int() }),
    timeoutSec: z.int().nullable(),
    stallSec: z.int().nullable(),
    maxTurns: z.int().nullable(),
    maxBudgetUsd: z.number().nullable(),
    queueTtlSec: z.int().nullable(),
    approvalSec: z.int().nonnegative(),
    attempt: z.int().nonnegative().meta({ description: 'How often it was claimed' }),
    queue: QueuePlace.nullable().meta({ description: 'Only while QUEUED, and only on GET /runs/:id' }),
    createdAt: Timestamp,
    claimedAt: Timestamp.nullable(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    durationMs: z.int().nonnegative().nullable().meta({ description: 'From startedAt to finishedAt' }),
    cancelRequestedAt: Timestamp.nullable(),
    deleteRequestedAt: Timestamp.nullable().meta({
      description: 'Since when it is to be deleted, as soon as its session has ended',
    }),
    approvalsWaiting: z
      .int()
      .nonnegative()
      .meta({ description: 'Tools that wait for a person to allow them: GET /approvals lists them' }),
    stalledAt: Timestamp.nullable().meta({ description: 'Since when a running session has given no output' }),
    lostAt: Timestamp.nullable().meta({
      description:
        'Out of reach since: while RUNNING, when its runner was last heard of it. The session may go on there; null again when the runner is back',
    }),
    lastSeq: z.int().nonnegative().meta({ description: 'seq of the newest event; 0 when there is none' }),
    eventsPrunedAt: Timestamp.nullable().meta({ description: 'When retention removed its events' }),
    textsPrunedAt: Timestamp.nullable().meta({
      description:
        'When retention removed its texts: `input` and `failure.message` are empty then, `result` is null',
    }),
    numTurns: z.int().nonnegative().nullable(),
    costUsd: z.number().nonnegative().nullable(),
    usage: Usage.nullable(),
    result: z.string().nullable().meta({ description: 'The final answer of the session' }),
    failure: Failure.nullable(),
  })
  .meta({ id: 'Run', description: 'A session: one prompt executed in one directory' });
export type Run = z.infer<typeof Run>;

/** Most characters of a text in a row of a list. */
export const maxRowChars = 1_000;

/** Most characters of a line that says what a run is at. */
export const maxLineChars = 300;

/** What a run asks of a person, as a row of a list says it. */
export const RowAsk = z
  .strictObject({
    approvalId: ApprovalId,
    tool: askedTool.tool,
    message: z.string().meta({ description: `Of a long one the first ${maxLineChars} characters` }),
    expiresAt: Timestamp.meta({ description: 'When it is denied because nobody answered' }),
  })
  .meta({ id: 'RowAsk' });
export type RowAsk = z.infer<typeof RowAsk>;

/** The newest words or tool of a running session, as a row of a list says them. */
export const RowLine = z
  .strictObject({
    kind: EventKind.extract(['assistant', 'tool_use']),
    message: z.string().meta({ description: `Of a long one the first ${maxLineChars} characters` }),
    at: Timestamp,
  })
  .meta({ id: 'RowLine' });
export type RowLine = z.infer<typeof RowLine>;

/** A run as lists have it: light, however long its texts are. */
export const RunRow = Run.extend({
  input: z.string().meta({ description: `The prompt; of a long one the first ${maxRowChars} characters` }),
  result: z
    .string()
    .nullable()
    .meta({
      description: `The final answer of the session; of a long one the first ${maxRowChars} characters`,
    }),
  truncated: z.boolean().meta({
    description:
      'Whether something of it is cut: its prompt, its result, or the tokens by model where there are very many. GET /runs/:id has all of it',
  }),
  wait: QueueWait.nullable().optional().meta({
    description: 'Why it waits, only while QUEUED; older servers leave it out',
  }),
  asks: RowAsk.nullable().optional().meta({
    description:
      'What it asks of a person, the oldest where that is several; null where it asks nothing. Older servers leave it out',
  }),
  line: RowLine.nullable().optional().meta({
    description:
      'What it said or did last, only while RUNNING; null where that is longer ago than its newest 50 events. Older servers leave it out',
  }),
}).meta({ id: 'RunRow', description: 'A session in a list' });
export type RunRow = z.infer<typeof RunRow>;

/** `GET /runs/:id`: the run with the newest part of its log. */
export const RunWithLogs = Run.extend({
  logs: z.array(Event).meta({
    description: 'The newest events, oldest first, up to ?logs= many. Older ones: GET /runs/:id/events',
  }),
  logsTruncated: z.boolean().meta({ description: 'Whether older events are stored than those in logs' }),
}).meta({ id: 'RunWithLogs' });
export type RunWithLogs = z.infer<typeof RunWithLogs>;

export const RunQuery = z.strictObject({
  logs: queryInt(0, 1_000)
    .default(1_000)
    .meta({ description: 'How many of the newest events to include (default 1000)' }),
});

export const DeleteRunQuery = z.strictObject({
  cancel: z.enum(['true', 'false']).default('false').meta({
    description: 'true: also one that has not ended, which is cancelled first',
  }),
});

export const RunsQuery = PageQuery.extend({
  ids: queryList(RunId)
    .optional()
    .meta({ description: 'Of those that fit the rest only these runs, comma-separated, 50 at most' }),
  status: queryList(RunStatus).optional().meta({ description: 'One status or several, comma-separated' }),
  runnerId: RunnerId.optional(),
  threadId: RunId.optional(),
  cwd: Cwd.optional().meta({ description: 'Runs in this directory or below it' }),
  label: Label.optional(),
  createdAfter: Instant.optional().meta({ description: 'Only runs created after this instant' }),
  createdBefore: Instant.optional().meta({ description: 'Only runs created before this instant' }),
  order: z
    .enum(['desc', 'asc'])
    .default('desc')
    .meta({ description: 'desc: newest first (default); asc: oldest first' }),
  waiting: z.literal('true').optional().meta({
    description: 'Only runs with a tool that waits for a person to allow it',
  }),
  q: storableText(200)
    .trim()
    .min(1)
    .optional()
    .meta({ description: 'Text in the prompt or result, any case' }),
});
export type RunsQuery = z.infer<typeof RunsQuery>;
