import { machine } from '../machine.js';
import type { TestServer } from '../server.js';
import { livePrefix } from './values.js';

const everywhere = machine({ directories: ['/', 'C:\\'], maxConcurrentRuns: 256 });

/** A session that runs, with a tool that waits for a person: what the requests are about. */
export class Live {
  readonly #server: TestServer;
  #ids: Record<string, string> = {};
  #made = 0;
  #lastSeq = 0;

  constructor(server: TestServer) {
    this.#server = server;
  }

  /** Begins another one where it is over. */
  async ensure(): Promise<void> {
    await this.#call('POST', '/org', { requireRunnerCredentials: false });
    const { run } = this.#ids;
    if (run && (await this.#isRunning(run))) return;
    const { id: runner } = await this.#call<{ id: string }>('POST', '/runners/register', everywhere);
    await this.#call('POST', `/runners/${runner}/resume`, {});
    this.#made += 1;
    const launched = await this.#call<{ id: string }>('POST', '/runs', {
      ...{ prompt: 'go', cwd: `/fuzz/${this.#made}`, runnerId: runner, priority: 100 },
    });
    const claim = { leases: [], slots: 200 };
    const { runs } = await this.#call<{ runs: { id: string; token: string }[] }>(
      'POST',
      `/runners/${runner}/claim`,
      claim,
    );
    const mine = runs.find(({ id }) => id === launched.id);
    if (!mine) throw new Error('the run was not claimed');
    const { token } = mine;
    await this.#call('POST', `/runs/${mine.id}/start`, { token });
    const asked = {
      ...{ token, requestId: 'request-1', tool: 'Bash', message: 'Bash ls', input: { command: 'ls' } },
      ...{ toolUseId: null, sessionGrant: null, waitSec: 600_000 },
    };
    const { id: approval } = await this.#call<{ id: string }>('POST', `/runs/${mine.id}/approvals`, asked);
    const spare = { name: 'spare', scopes: ['runs:read'] };
    const { id: key } = await this.#call<{ id: string }>('POST', '/api-keys', spare);
    this.#ids = { run: mine.id, token, runner, approval, key };
    this.#lastSeq = 0;
  }

  /** One that was deleted is not. */
  async #isRunning(run: string): Promise<boolean> {
    const answer = await this.#server.call('GET', `/api/v1/runs/${run}?logs=0`);
    if (answer.status === 404) return false;
    return ((await answer.json()) as { status: string }).status === 'RUNNING';
  }

  /** The body of an append whose events follow what was told last. */
  inOrder(body: unknown): unknown {
    const { events } = (body ?? {}) as { events?: unknown };
    if (!Array.isArray(events)) return body;
    const numbered = events.map((event, index) =>
      typeof event === 'object' && event !== null ? { ...event, seq: this.#lastSeq + index + 1 } : event,
    );
    return { ...(body as object), events: numbered };
  }

  /** What an append was answered: how far the log goes. */
  note(answer: string): void {
    const seq = /"lastSeq":(\d+)/.exec(answer)?.[1];
    if (seq !== undefined) this.#lastSeq = Number(seq);
  }

  /** What is there: run, token, runner, approval, key. */
  get ids(): Readonly<Record<string, string>> {
    return this.#ids;
  }

  /** Puts what is there in the place of its names. */
  fill(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(/@live:(\w+)/g, (name, what: string) => this.#ids[what] ?? name);
    }
    if (Array.isArray(value)) return value.map((inner) => this.fill(inner));
    if (typeof value !== 'object' || value === null) return value;
    const text = JSON.stringify(value);
    return text.includes(livePrefix) ? JSON.parse(this.fill(text) as string) : value;
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#server.call(method, `/api/v1${path}`, {
      headers: { 'agentfleet-protocol': '1' },
      ...(body !== undefined && { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }
}
