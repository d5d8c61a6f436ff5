import * as z from 'zod';
import { isWellFormedApiKey } from './api-key-format.js';
import { ApprovalState, askedTool, decisionFields } from './approvals.js';
import { Event, maxEventsPerAppend, maxPartialPieceChars, partialPlace } from './events.js';
import { ToldFailure } from './failures.js';
import { ApprovalId, AttemptToken, CommandId, RunId, RunnerId } from './ids.js';
import { Inquiry } from './inquiries.js';
import { Platform, RunnerPause } from './runners.js';
import { AgentSessionId, CostUsd, Cwd, FinalStatus, ModelName, PermissionMode, Usage } from './runs.js';
import { Count, Instant, storableText, Timestamp } from './text.js';

/**
 * What a runner and the server say to each other. The runner only makes outbound calls, and every call is
 * safe to repeat. The promise: at-least-once delivery, exactly-once storage by (run, seq), at-most-once
 * automatic execution after start.
 */

/** The facts about a runner that may change while it lives. */
const runnerFacts = {
  name: storableText(100).trim().min(1),
  agentVersion: storableText(50).nullable(),
  directories: z.array(Cwd).max(200),
  permissionModes: z.array(PermissionMode).min(1),
  maxConcurrentRuns: z.int().min(1).max(256),
};

/** What a runner is told of its pause; older servers leave it out. */
const pause = RunnerPause.nullable().optional().meta({
  description:
    'Whether it is paused, by whom and until when; null while it is not. Older servers leave it out',
});

export const RegisterRunner = z
  .strictObject({
    machineId: z.uuid().meta({
      description: 'Made once by the runner and kept on its disk: the same machineId is the same runner',
    }),
    hostname: storableText(255),
    platform: Platform,
    arch: storableText(50),
    version: storableText(50),
    ...runnerFacts,
  })
  .meta({ id: 'RegisterRunner' });
export type RegisterRunner = z.infer<typeof RegisterRunner>;

export const RegisteredRunner = z
  .strictObject({
    id: RunnerId,
    heartbeatMs: z
      .int()
      .positive()
      .meta({ description: 'How often to send a heartbeat while a session runs' }),
    leaseMs: z.int().positive().meta({ description: 'How long a lease lasts after its last renewal' }),
    serverTime: Timestamp,
    pause,
    credential: z.string().refine(isWellFormedApiKey, { error: 'is not a credential' }).optional().meta({
      description:
        'Given once to a runner that enrols (header AgentFleet-Enrolment): what it authenticates with from now on, which speaks for this runner alone. Older servers leave it out',
    }),
  })
  .meta({ id: 'RegisteredRunner' });
export type RegisteredRunner = z.infer<typeof RegisteredRunner>;

/**
 * The header AgentFleet-Enrolment: random, made by the runner and kept on its disk until it has its credential. Where the
 * answer was lost, asking again with the same one gives a credential in place of the one that nobody received.
 */
export const EnrolmentSecret = z.string().regex(/^[A-Za-z0-9_-]{22,64}$/, {
  error: 'must be 22 to 64 letters, digits, - or _, made at random',
});

/** One attempt that the runner believes it holds. */
export const HeldLease = z.strictObject({ runId: RunId, token: AttemptToken });
export type HeldLease = z.infer<typeof HeldLease>;

/** The agent's own name for one request of its: what its answer is matched by. */
export const AgentRequestId = storableText(200).min(1);

/** What was decided about an approval, with the name of the key that did. */
export const Decision = z.strictObject({ ...decisionFields, decidedBy: z.string() }).meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

/** What the server asks of a runner. Delivered again until acknowledged, so a runner meets each id more than once. */
export const Command = z
  .discriminatedUnion('kind', [
    z.strictObject({ id: CommandId, runId: RunId, kind: z.literal('cancel') }),
    z.strictObject({
      id: CommandId,
      runId: RunId,
      kind: z.literal('decision'),
      requestId: AgentRequestId,
      decision: Decision,
    }),
  ])
  .meta({ id: 'Command' });
export type Command = z.infer<typeof Command>;

const status = {
  leases: z
    .array(HeldLease)
    .max(256)
    .meta({ description: 'Every attempt the runner still works on; each is renewed' }),
  acknowledged: z
    .array(CommandId)
    .max(1_000)
    .default([])
    .meta({ description: 'Commands that were carried out' }),
  draining: z.boolean().default(false).meta({ description: 'Finishes what runs, takes nothing new' }),
};

const answer = {
  stale: z
    .array(RunId)
    .meta({ description: 'Runs of `leases` that are no longer this attempt’s: stop their work' }),
  unknown: z.array(RunId).optional().meta({
    description:
      'Those of `stale` whose attempt was never heard of here, as after a restore of an older database: nobody took it over, so keep its log. Given whenever something is stale; older servers leave it out',
  }),
  deleted: z.array(RunId).optional().meta({
    description:
      'Those of `stale` that people deleted: nothing of them is to be kept. Older servers leave it out',
  }),
  commands: z.array(Command),
  pause,
  credentialConflictAt: Timestamp.optional().meta({
    description: 'The runner’s credential was found in use by another process too; said to whoever was found',
  }),
  inquiries: z.array(Inquiry).optional().meta({
    description:
      'What somebody waits to know of this runner: answered with POST /runners/:id/answers. Given only where there are any, of the kinds that the request names in AgentFleet-Answers; each may come more than once',
  }),
  watched: z.array(RunId).meta({
    description:
      'Runs of this runner that somebody watches: only their text is worth sending while it is produced',
  }),
};

export const Heartbeat = z
  .strictObject({
    ...status,
    leaving: z.boolean().optional().meta({
      description: 'The last word of a runner that ends: it is offline at once, until it registers again',
    }),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.infer<typeof Heartbeat>;

/** What the runner sets its clock by; older servers leave it out. */
const serverTime = Timestamp.optional().meta({ description: 'By the database’s clock' });

export const HeartbeatAnswer = z.strictObject({ ...answer, serverTime }).meta({ id: 'HeartbeatAnswer' });
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>;

/** A claim is a heartbeat too, so that an idle runner needs no other request. */
export const Claim = z
  .strictObject({
    ...status,
    slots: z.int().min(0).max(256).meta({ description: 'Most runs to take; 0 waits for commands alone' }),
    waitSec: z.int().min(0).max(30).default(0).meta({
      description: 'Seconds to wait until there is a run or a command',
    }),
    facts: z.strictObject(runnerFacts).optional().meta({ description: 'Sent when they changed' }),
    pausedAt: Timestamp.nullable().optional().meta({
      description:
        'When it was paused, as it was told last: it is answered as soon as that is no longer so. Left out until a server has told of a pause, or of none',
    }),
    watched: z.array(RunId).max(256).optional().meta({
      description:
        'Which of `leases` the runner takes for watched: it is answered as soon as that is no longer so. Left out by runners that send no partial text',
    }),
  })
  .meta({ id: 'Claim' });
export type Claim = z.infer<typeof Claim>;
export type ClaimInput = z.input<typeof Claim>;

/** A run as the runner that claimed it needs it. */
export const ClaimedRun = z
  .strictObject({
    id: RunId,
    token: AttemptToken,
    attempt: z.int().positive(),
    threadId: RunId,
    input: z.string(),
    cwd: z.string(),
    sharedCwd: z.boolean().optional().meta({
      description: 'Whether other sessions may work in the directory at the same time',
    }),
    permissionMode: PermissionMode,
    model: ModelName.nullable(),
    resumeSessionId: AgentSessionId.nullable().meta({ description: 'The session a follow-up resumes' }),
    timeoutSec: z.int().positive().nullable(),
    stallSec: z.int().positive().nullable(),
    approvalSec: z.int().nonnegative().optional().meta({
      description:
        'How long a tool permission waits for a person; left out by older servers, which take none',
    }),
    maxTurns: z.int().positive().nullable(),
    maxBudgetUsd: z.number().positive().max(100_000).nullable(),
    leaseExpiresAt: Timestamp,
    mayRunAgain: z.boolean().meta({
      description:
        'Another attempt may start when the lease runs out: a runner that cannot renew it stops before that',
    }),
    lastSeq: z.int().nonnegative().meta({
      description: 'seq of the newest event of earlier attempts; this attempt goes on at lastSeq + 1',
    }),
  })
  .meta({ id: 'ClaimedRun' });
export type ClaimedRun = z.infer<typeof ClaimedRun>;

export const ToldPause = z
  .strictObject({ pause: RunnerPause.nullable() })
  .meta({ id: 'ToldPause', description: 'How it is from now on' });
export type ToldPause = z.infer<typeof ToldPause>;

export const ClaimAnswer = z
  .strictObject({ ...answer, runs: z.array(ClaimedRun) })
  .meta({ id: 'ClaimAnswer' });
export type ClaimAnswer = z.infer<typeof ClaimAnswer>;

/**
 * Sent before the agent is spawned and waited for: from here on the run is never executed again by itself.
 * Repeating it with the same token is answered alike.
 */
export const StartRun = z.strictObject({ token: AttemptToken }).meta({ id: 'StartRun' });
export type StartRun = z.infer<typeof StartRun>;

export const StartedRun = z.strictObject({ serverTime }).meta({ id: 'StartedRun' });
export type StartedRun = z.infer<typeof StartedRun>;

export const AppendEvents = z
  .strictObject({
    token: AttemptToken,
    agentSessionId: AgentSessionId.optional().meta({ description: 'Sent as soon as it is known' }),
    stalled: z.boolean().optional().meta({
      description: 'The session itself gives no output: the last event is the runner’s word about that',
    }),
    events: z
      .array(Event)
      .min(1)
      .max(maxEventsPerAppend)
      .meta({ description: 'In order of seq, without a gap' }),
  })
  .meta({ id: 'AppendEvents' });
export type AppendEvents = z.infer<typeof AppendEvents>;

export const AppendedEvents = z
  .strictObject({
    lastSeq: z.int().nonnegative().meta({ description: 'Highest stored seq without a gap before it' }),
  })
  .meta({ id: 'AppendedEvents' });
export type AppendedEvents = z.infer<typeof AppendedEvents>;

/**
 * A tool permission that the session waits for. Said when it is asked, again when its time is up (which is then
 * settled by the database's clock), and with `withdrawn` when the session no longer waits. Repeating it is harmless:
 * it is one approval for each `requestId` of an attempt.
 */
export const RequestApproval = z
  .strictObject({
    token: AttemptToken,
    requestId: AgentRequestId,
    ...askedTool,
    waitSec: z.int().min(1).max(604_800),
    withdrawn: z.boolean().optional(),
  })
  .meta({ id: 'RequestApproval' });
export type RequestApproval = z.infer<typeof RequestApproval>;

export const RequestedApproval = z
  .strictObject({
    id: ApprovalId,
    state: ApprovalState,
    expiresInMs: z.int().nonnegative().meta({ description: 'How long it still waits for a person' }),
    decision: Decision.nullable().meta({ description: 'Once a person allowed or denied it' }),
  })
  .meta({ id: 'RequestedApproval' });
export type RequestedApproval = z.infer<typeof RequestedApproval>;

/**
 * A piece of a text that is being produced. Nothing of it is stored and nothing is promised: a piece that is lost is
 * made up for by the next one, and in the end by the event.
 */
export const SendPartial = z
  .strictObject({ token: AttemptToken, ...partialPlace, text: z.string().max(maxPartialPieceChars) })
  .meta({ id: 'SendPartial' });
export type SendPartial = z.infer<typeof SendPartial>;

export const SentPartial = z
  .strictObject({
    watched: z.boolean().meta({ description: 'false: nobody watches any more, so send nothing' }),
    have: z
      .int()
      .nonnegative()
      .meta({ description: 'How much of the text is known: the next piece begins there' }),
  })
  .meta({ id: 'SentPartial' });
export type SentPartial = z.infer<typeof SentPartial>;

export const FinishRun = z
  .strictObject({
    token: AttemptToken,
    status: FinalStatus,
    failure: ToldFailure.nullable().default(null),
    agentSessionId: AgentSessionId.nullable().default(null),
    result: storableText(1_000_000).nullable().default(null),
    numTurns: Count.nullable().default(null),
    costUsd: CostUsd.nullable().default(null),
    usage: Usage.nullable().default(null),
    finishedAt: Instant.meta({
      description: 'As the runner knows the time, for display; the server’s clock decides',
    }),
    lastSeq: z.int().nonnegative().meta({ description: 'seq of the last event of the log' }),
    logChecksum: z.int().meta({
      description:
        'Over every event of this attempt: the sum of the first four bytes of SHA-256(eventDigestInput(event)), each as a signed 32-bit number',
    }),
  })
  .refine((finish) => (finish.status === 'FAILED') === (finish.failure !== null), {
    error: 'failure is given exactly when status is FAILED',
    path: ['failure'],
  })
  .meta({ id: 'FinishRun' });
export type FinishRun = z.infer<typeof FinishRun>;
export type FinishRunInput = z.input<typeof FinishRun>;

/** The run's own words are not sent back to the runner that just said them. */
export const FinishedRun = z.strictObject({ id: RunId, status: FinalStatus }).meta({ id: 'FinishedRun' });
export type FinishedRun = z.infer<typeof FinishedRun>;

/**
 * The text of one event whose SHA-256 stands for the event: in the checksum of a finish, and where the same seq
 * arrives twice. `data` must have been through JSON once, so that both sides spell it alike.
 * @param dataText `data` as JSON, where it is at hand
 */
export function eventDigestInput(
  event: Pick<Event, 'seq' | 'kind' | 'message' | 'data'>,
  dataText = JSON.stringify(event.data),
): string {
  return `[${event.seq},${JSON.stringify(event.kind)},${JSON.stringify(event.message)},${dataText}]`;
}
