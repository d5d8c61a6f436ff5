import type { LocalSession } from '@agentfleet/bridge';
import { type ClaimedRun, type Event, RunStatus, withHiddenSpelled } from '@agentfleet/contract';
import type { PermissionRequest } from '@agentfleet/runner-core';

/** How many ended sessions are remembered. */
const recentKept = 10;
/** Lines are for menus and notifications; characters. */
const longestLine = 200;
/** What systems show of a line for certain, in a notification or a menu; characters. */
const longestShown = 48;

/** A use of a tool that a session waits for a person to allow. */
export type Asked = Pick<PermissionRequest, 'requestId' | 'tool' | 'message'>;

/** The sessions this runner works on and has worked on, as the tray and the notifications show them. */
export class LocalSessions {
  #running = new Map<string, LocalSession>();
  #recent: LocalSession[] = [];

  get running(): LocalSession[] {
    return [...this.#running.values()];
  }

  /** Newest first. */
  get recent(): LocalSession[] {
    return [...this.#recent];
  }

  started({ id, cwd, input }: Pick<ClaimedRun, 'id' | 'cwd' | 'input'>): void {
    this.#running.set(id, {
      id,
      cwd,
      title: firstLine(input),
      status: 'RUNNING',
      lastLine: '',
      waitingFor: [],
      answerable: [],
    });
  }

  /** @returns whether the tray has something new to show */
  event(id: string, event: Pick<Event, 'message'>): boolean {
    const session = this.#running.get(id);
    const lastLine = firstLine(event.message);
    if (!session || lastLine === '' || session.lastLine === lastLine) return false;
    this.#running.set(id, { ...session, lastLine });
    return true;
  }

  /**
   * @param asked all that the session waits for now
   * @returns the session, and whether one more waits than before; undefined when it is not known
   */
  waiting(id: string, asked: readonly Asked[]): { session: LocalSession; began: boolean } | undefined {
    const before = this.#running.get(id);
    if (!before) return undefined;
    const waitingFor = asked.map(({ message }) => firstLine(message));
    const answerable = asked.map(answerableBy);
    const session = { ...before, waitingFor, answerable };
    this.#running.set(id, session);
    return { session, began: asked.length > before.waitingFor.length };
  }

  /** @returns the session as it ended; undefined when it was not known */
  ended(id: string, status: string): LocalSession | undefined {
    const session = this.#running.get(id);
    if (!session) return undefined;
    this.#running.delete(id);
    const ended = {
      ...session,
      waitingFor: [],
      answerable: [],
      status: RunStatus.catch('FAILED').parse(status),
    };
    this.#recent = [ended, ...this.#recent.filter((each) => each.id !== id)].slice(0, recentKept);
    return ended;
  }

  /** What the server remembers from before this start; what is known here stays in front. */
  remember(earlier: readonly LocalSession[]): void {
    const known = new Set([...this.#running.keys(), ...this.#recent.map(({ id }) => id)]);
    this.#recent = [...this.#recent, ...earlier.filter(({ id }) => !known.has(id))].slice(0, recentKept);
  }
}

/** Tools whose line is all that they do: of an edit, a question or a plan one has to see the rest. */
const saidInALine = new Set(['Bash', 'Read', 'Glob', 'Grep', 'WebFetch', 'WebSearch']);

/** Its name where its line says all of it: nobody allows what they have not seen. */
function answerableBy({ requestId, tool, message }: Asked): string | null {
  const isWhole = firstLine(message) === message && message.length <= longestShown;
  return isWhole && saidInALine.has(tool) ? requestId : null;
}

/** The first line with something on it. */
export function firstLine(text: string): string {
  // A tray and a notification draw what they are given: there is no box for what is not seen.
  const line = withHiddenSpelled(/\S.*/.exec(text)?.[0].trimEnd() ?? '');
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}
