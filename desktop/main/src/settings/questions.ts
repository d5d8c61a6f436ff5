import type { LocalSession } from '@agentfleet/bridge';
import { plainly } from '../guard/plainly.js';
import type { Question } from '../windows/ask.js';

/** Of so many sessions a question says what they are. */
const mostNamed = 4;

/** What becomes of the sessions that a change touches. */
export type Fate = 'finish' | 'stop' | 'declined';

const fates: readonly Fate[] = ['finish', 'stop', 'declined'];
export const fateOf = (button: number): Fate => fates[button] ?? 'declined';

/** @param server the sessions' own. @param next the one that takes its place; the same one has another key */
export function moveQuestion(sessions: readonly LocalSession[], server: string, next: string): Question {
  const them = themselves(sessions);
  const move = next === server ? 'use the new key' : `move to ${shortened(next)}`;
  return {
    type: 'question',
    message: `${running(sessions)} for ${shortened(server)}`,
    detail: `${named(sessions)}\n\nThis computer can ${move} when ${them.have} ended. Until then it stays connected as it is, and takes nothing new.`,
    buttons: [`Wait until ${them.have} ended`, `Stop ${them.object} now`, 'Change nothing'],
    defaultId: 0,
    cancelId: 2,
  };
}

export function foldersQuestion(sessions: readonly LocalSession[]): Question {
  const them = themselves(sessions);
  return {
    type: 'question',
    message: `${running(sessions)} in a folder that you take away`,
    detail: `${named(sessions)}\n\nNothing new is begun there. What runs may end by itself, or be stopped now.`,
    buttons: [`Let ${them.object} finish`, `Stop ${them.object} now`, 'Change nothing'],
    defaultId: 0,
    cancelId: 2,
  };
}

/** Asked before the key is sent. */
export function plainTextQuestion(server: string): Question {
  return {
    type: 'warning',
    message: `Send the key to ${shortened(server)} without encryption?`,
    detail:
      'Everybody on the way can read it, and everything that sessions say. Whoever has the key can start sessions on this computer.',
    buttons: ['Do not send it', 'Send it'],
    defaultId: 0,
    cancelId: 0,
  };
}
export const isYes = (button: number): boolean => button === 1;

export function forgetQuestion(sessions: readonly LocalSession[]): Question {
  const stopped =
    sessions.length === 0 ? '' : ` ${running(sessions)}, and will be stopped:\n\n${named(sessions)}`;
  return {
    type: 'warning',
    message: 'Forget the API key?',
    detail: `This computer goes offline until you sign in again.${stopped}`,
    buttons: ['Keep the key', sessions.length === 0 ? 'Forget it' : 'Stop and forget it'],
    defaultId: 0,
    cancelId: 0,
  };
}

export function forgetServerQuestion(server: string): Question {
  return {
    type: 'question',
    message: `Forget ${shortened(server)}?`,
    detail: 'Its key is removed from this computer. To connect to it again, sign in there.',
    buttons: ['Keep it', 'Forget it'],
    defaultId: 0,
    cancelId: 0,
  };
}

/** @param why it cannot be read */
export function setAsideQuestion(why: string): Question {
  return {
    type: 'question',
    message: 'Set the settings file aside?',
    detail: `${shortened(why, 600)}\n\nIt gets another name in the same folder and is not changed. A new one takes its place with the next setting that you change.`,
    buttons: ['Leave it', 'Set it aside'],
    defaultId: 0,
    cancelId: 0,
  };
}

export function stopQuestion(session: LocalSession): Question {
  return {
    type: 'question',
    message: `Stop “${shortened(session.title)}”?`,
    detail: `It runs in ${plainly(session.cwd)}. What it has changed there stays as it is.`,
    buttons: ['Keep it running', 'Stop it'],
    defaultId: 0,
    cancelId: 0,
  };
}

const running = ({ length }: readonly LocalSession[]) =>
  length === 1 ? 'A session is running' : `${length} sessions are running`;

const themselves = ({ length }: readonly LocalSession[]) =>
  length === 1 ? { object: 'it', have: 'it has' } : { object: 'them', have: 'they have' };

function named(sessions: readonly LocalSession[]): string {
  const lines = sessions.slice(0, mostNamed).map(({ title }) => `• ${shortened(title)}`);
  const more = sessions.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** A long text must not push the question out of sight. */
function shortened(text: string, most = 120): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
