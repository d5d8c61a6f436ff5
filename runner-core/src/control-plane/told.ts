import {
  AttemptToken,
  ClaimAnswer,
  ClaimedRun,
  Command,
  CommandId,
  FinishedRun,
  Inquiry,
  misfit,
  RunId,
  readingOf,
} from '@agentfleet/contract';
import * as z from 'zod';
import { oneLine } from '../agents/claude-code/text.js';

/** A run or a command that is not what the contract says: nothing of it is done. */
export interface Unfit {
  /** For people: what it was and which field of it was wrong. */
  why: string;
  /** Whose it was, where that much of a run fits: enough to tell the server that it is not executed. */
  run?: { id: string; token: string; lastSeq: number } | undefined;
  /** Of a command, where it fits. */
  commandId?: string | undefined;
}

/** A name within a server's answer may hold what steers a terminal. */
const wordsOf = (error: z.ZodError) => oneLine(misfit(error));

const Run = readingOf(ClaimedRun);
const RunItself = z.object({
  id: RunId,
  token: AttemptToken,
  lastSeq: z.int().nonnegative().catch(0),
});
const OneCommand = readingOf(Command);
const CommandItself = z.object({ id: CommandId });

/** What this version does not know is not answered. */
const OneInquiry = readingOf(Inquiry);

const { pause, stale, unknown, deleted, watched, credentialConflictAt, serverTime } = ClaimAnswer.extend({
  serverTime: z.iso.datetime({ precision: 3 }).optional(),
}).shape;

/**
 * What a claim or a heartbeat is answered with. Each run and each command is read for itself, as one that this version
 * does not understand (a newer server's permission mode, another kind of command) must not keep it from the others.
 * `watched`, `unknown`, `deleted` and `inquiries` are left out by older servers, `runs` by a heartbeat.
 */
export const Told = z
  .object({
    stale,
    unknown,
    deleted,
    watched: watched.optional(),
    serverTime,
    pause: pause.catch(undefined),
    // Of no use where it does not fit.
    credentialConflictAt: credentialConflictAt.catch(undefined),
    inquiries: z.array(z.unknown()).optional().catch(undefined),
    commands: z.array(z.unknown()),
    runs: z.array(z.unknown()).optional(),
  })
  .transform(({ commands, runs = [], inquiries = [], ...more }) => {
    const unfit: Unfit[] = [];
    return {
      ...more,
      inquiries: inquiries.flatMap((said) => OneInquiry.safeParse(said).data ?? []),
      runs: runs.flatMap((said) => {
        const read = Run.safeParse(said);
        if (read.success) return [read.data];
        unfit.push({ why: wordsOf(read.error), run: RunItself.safeParse(said).data });
        return [];
      }),
      commands: commands.flatMap((said) => {
        const read = OneCommand.safeParse(said);
        if (read.success) return [read.data];
        unfit.push({ why: wordsOf(read.error), commandId: CommandItself.safeParse(said).data?.id });
        return [];
      }),
      unfit,
    };
  });
export type Told = z.infer<typeof Told>;

/** That a finish was taken; in which status a newer server may say in words of its own, and nothing here depends on it. */
export const Taken = z.object({ id: FinishedRun.shape.id });
