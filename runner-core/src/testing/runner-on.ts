import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResponseOf, RouteName } from '@agentfleet/contract';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { type CallOptions, ControlPlane } from '../control-plane/client.js';
import { Runner } from '../runner.js';
import type { Changeable } from '../runner-options.js';
import type { Settings } from '../settings.js';
import type { TestControlApi } from './control-api.js';
import { ScriptedAgent, type ScriptedSession } from './scripted-agent.js';

/** Says which of its calls were answered. */
class NotingControlPlane extends ControlPlane {
  readonly answered: RouteName[] = [];

  override async call<Name extends RouteName, Read = ResponseOf<Name>>(
    name: Name,
    options: CallOptions<Name, Read> = {},
  ): Promise<Read> {
    const answer = await super.call(name, options);
    this.answered.push(name);
    return answer;
  }
}

/** A runner of its own directory, whose sessions are in the hands of a test: by default they go on until it ends them. */
export class RunnerOn {
  readonly dir: string;
  readonly agent = new ScriptedAgent();
  readonly server: NotingControlPlane;
  readonly runner: Runner;
  /** What it was begun with of what may be changed. */
  readonly parts: Changeable;
  /** `<run id> <status>`, in order. */
  readonly ended: string[] = [];
  readonly troubles: string[] = [];
  readonly remarks: string[] = [];
  /** The ids it was online as, and the codes of why it was not, in order. */
  readonly was: string[] = [];
  /** Of `runner.run()`. */
  readonly done: Promise<void>;

  /** @param dir what it finds on its disk; by default nothing */
  constructor(
    api: TestControlApi,
    settings: Partial<Settings> = {},
    dir = mkdtempSync(join(tmpdir(), 'runner-on-')),
  ) {
    this.dir = dir;
    const { apiKey = 'key' } = settings;
    this.agent.script = () => undefined;
    this.server = new NotingControlPlane({ url: api.url, apiKey, version: '1', mostBackOffMs: 100 });
    this.parts = {
      settings: {
        url: api.url,
        apiKey,
        directories: [process.cwd()],
        name: 'test',
        maxConcurrentRuns: 4,
        maxTimeoutSec: 86_400,
        maxStallSec: 86_400,
        maxApprovalSec: 86_400,
        permissionModes: ['default'],
        claudePath: undefined,
        runnerDir: this.dir,
        ...settings,
      },
      agent: this.agent,
      allowlist: createAllowlist(settings.directories ?? [process.cwd()]),
    };
    this.runner = new Runner({ ...this.parts, server: this.server, version: '1' });
    this.runner.on('ended', (id, status) => this.ended.push(`${id} ${status}`));
    this.runner.on('remark', (message) => this.remarks.push(message));
    this.runner.on('trouble', (message) => this.troubles.push(message));
    this.runner.on('online', (id) => this.was.push(id));
    this.runner.on('offline', ({ code }) => this.was.push(code));
    this.done = this.runner.run();
    // Whoever awaits it sees why; whoever does not must not be ended by it.
    this.done.catch(() => undefined);
  }

  /** The session that was begun as the nth, from 0. */
  session(nth: number): ScriptedSession {
    const session = this.agent.sessions[nth];
    if (!session) throw new Error(`There is no session ${nth}`);
    return session;
  }

  /** Names of the files in its outbox. */
  get files(): string[] {
    return readdirSync(join(this.dir, 'outbox'));
  }

  /** Ends its sessions and leaves what is not delivered, and its directory for the next one. */
  async stop(): Promise<void> {
    this.agent.stops = true;
    this.runner.cancelAll();
    await this.runner.leave();
    await this.done.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
