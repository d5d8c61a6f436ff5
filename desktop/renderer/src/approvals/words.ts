import type { Approval, ApprovalState } from '@agentfleet/contract';
import { titleOf } from '../conversation/tool-names.js';

/** What is said of a permission that no longer waits. */
export interface Closed {
  state: ApprovalState;
  decidedBy?: string | null | undefined;
  forSession?: boolean;
  reason?: string | null | undefined;
}

/** What is asked, in one line as people read it. */
export function askedWords({ tool, message }: Pick<Approval, 'tool' | 'message'>): string {
  const subject = message.startsWith(tool) ? message.slice(tool.length).trim() : message;
  if (tool === 'AskUserQuestion') return subject === '' ? 'Claude has a question' : subject;
  if (tool === 'ExitPlanMode') return subject === '' ? 'Claude has a plan' : `Plan: ${subject}`;
  return titleOf(tool, message);
}

/** What became of a permission, in a few words, e.g. `Allowed for this session by laptop`. */
export function closedWords({ state, decidedBy, forSession = false, reason }: Closed): string {
  const by = decidedBy ? ` by ${decidedBy}` : '';
  switch (state) {
    case 'waiting':
      return 'Waiting for you';
    case 'allowed':
      return `Allowed${forSession ? ' for this session' : ''}${by}`;
    case 'denied':
      return `Denied${by}${reason ? `: ${reason}` : ''}`;
    case 'expired':
      return 'Denied: nobody answered in time';
    case 'withdrawn':
      return 'Withdrawn: the session went on without it';
  }
}

/**
 * How long is left, in words that change rarely. The clock of this computer may be wrong: what counts is what the
 * server says, so nothing is said to be over.
 */
export function timeLeft(expiresAt: string, now: number): string {
  const left = Date.parse(expiresAt) - now;
  if (left < 60_000) return 'less than a minute left';
  const minutes = Math.ceil(left / 60_000);
  if (minutes < 120) return `${minutes} min left`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h left`;
  return `${Math.floor(minutes / 1_440)} days left`;
}

/** Whether so little is left that it should be seen. */
export function isSoon(expiresAt: string, now: number): boolean {
  return Date.parse(expiresAt) - now < 2 * 60_000;
}
