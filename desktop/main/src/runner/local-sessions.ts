import type { LocalSession } from '@agentfleet/bridge';
import { type ClaimedRun, type Event, RunStatus, withHiddenSpelled } from '@agentfleet/contract';

/** How many ended sessions are remembered. */
const recentKept = 10;
/** Lines are for menus and notifications; characters. */
const longestLine = 200;

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
   * @param uses all that the session waits for now
   * @returns the session, and whether one more waits than before; undefined when it is not known
   */
  waiting(id: string, uses: readonly string[]): { session: LocalSession; began: boolean } | undefined {
    const before = this.#running.get(id);
    if (!before) return undefined;
    const session = { ...before, waitingFor: uses.map(firstLine) };
    this.#running.set(id, session);
    return { session, began: uses.length > before.waitingFor.length };
  }

  /** @returns the session as it ended; undefined when it was not known */
  ended(id: string, status: string): LocalSession | undefined {
    const session = this.#running.get(id);
    if (!session) return undefined;
    this.#running.delete(id);
    const ended = { ...session, waitingFor: [], status: RunStatus.catch('FAILED').parse(status) };
    this.#recent = [ended, ...this.#recent.filter((each) => each.id !== id)].slice(0, recentKept);
    return ended;
  }

  /** What the server remembers from before this start; what is known here stays in front. */
  remember(earlier: readonly LocalSession[]): void {
    const known = new Set([...this.#running.keys(), ...this.#recent.map(({ id }) => id)]);
    this.#recent = [...this.#recent, ...earlier.filter(({ id }) => !known.has(id))].slice(0, recentKept);
  }
}

/** The first line with something on it. */
export function firstLine(text: string): string {
  // A tray and a notification draw what they are given: there is no box for what is not seen.
  const line = withHiddenSpelled(/\S.*/.exec(text)?.[0].trimEnd() ?? '');
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}
