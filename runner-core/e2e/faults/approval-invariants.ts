import type { JournalEntry } from '../../src/testing/journal.js';
import type { Decided } from './deciders.js';
import type { ApprovalRow, RunRow, Truth } from './history.js';

interface Known {
  truth: Pick<Truth, 'runs' | 'approvals' | 'steps'>;
  decided: Decided[];
  lives: { notes: JournalEntry[] }[];
}

/**
 * Nothing is used that nobody allowed; of two who decide one is heard, and what that one was told is what the session
 * is told; a session that went well waits for nothing.
 */
export function checkApprovals({ truth, decided, lives }: Known): string[] {
  const wrong: string[] = [];
  const told = new Map<string, boolean>();
  for (const { notes } of lives)
    for (const note of notes) {
      if (note.type !== 'permitted') continue;
      if (told.has(note.use)) wrong.push(`${note.runId}: was told twice about ${note.use}`);
      told.set(note.use, note.allow);
    }
  for (const approval of truth.approvals) {
    const run = truth.runs.find(({ id }) => id === approval.run_id);
    const words = decided.filter(({ id }) => id === approval.id);
    const about = `${approval.run_id}: ${approval.request_id} is ${approval.state}`;
    const allow = told.get(approval.request_id);
    wrong.push(...checkWords(approval, words).map((what) => `${about}, ${what}`));
    if (allow === true && approval.state !== 'allowed') wrong.push(`${about}, and was used`);
    if (!run || !wentUndisturbed(run, truth)) continue;
    if (approval.state === 'waiting') wrong.push(`${about} after the session went well`);
    if (allow === undefined) wrong.push(`${about}, and the session that went well was not told`);
    else if (allow !== (approval.state === 'allowed')) wrong.push(`${about}, the session was told ${allow}`);
  }
  for (const [use, allow] of told)
    if (allow && !truth.approvals.some(({ request_id }) => request_id === use))
      wrong.push(`${use} was used, and nobody was asked`);
  for (const run of truth.runs)
    if (wentUndisturbed(run, truth) && run.approvals_waiting !== 0)
      wrong.push(`${run.id}: counts ${run.approvals_waiting} that wait`);
  return wrong;
}

/** A decision that was answered with 200 is the one that counts, and any other answer is that it came too late. */
function checkWords({ state }: ApprovalRow, words: Decided[]): string[] {
  const wrong: string[] = [];
  const taken = words.filter(({ status }) => status === 200).map(({ decision }) => decision);
  for (const decision of taken)
    if (state !== (decision === 'allow' ? 'allowed' : 'denied')) wrong.push(`${decision} was taken`);
  if ((state === 'allowed' || state === 'denied') && taken.length === 0) wrong.push('which nobody said');
  for (const { status, text } of words)
    if (status !== 200 && !text.includes('APPROVAL_CLOSED')) wrong.push(`a decision was answered ${text}`);
  return wrong;
}

/**
 * One attempt, never lost, that ended well: its session heard every answer. A lost one had ended for the server before it
 * came back: it failed, or was cancelled where somebody had asked for that, and what it waited for then was over.
 */
function wentUndisturbed(run: RunRow, { steps }: Pick<Truth, 'steps'>): boolean {
  const own = steps.filter(({ run_id }) => run_id === run.id);
  const wasLost = own.some(
    ({ failure, after, before }) =>
      failure === 'runner_lost' || before === 'CANCELLED' || (after === 'QUEUED' && before),
  );
  return run.status === 'SUCCEEDED' && run.attempt === 1 && !wasLost;
}
