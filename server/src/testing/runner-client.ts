import { randomBytes } from 'node:crypto';
import {
  type ClaimAnswer,
  type ClaimedRun,
  headers,
  type RegisteredRunner,
  type RegisterRunner,
} from '@agentfleet/contract';
import { machine } from './machine.js';
import type { TestServer } from './server.js';

export interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** Who speaks the runner protocol over HTTP, with whatever key and for whatever runner a test wants. */
export class RunnerClient {
  readonly server: Pick<TestServer, 'call'>;
  readonly facts: RegisterRunner;
  /** What it calls its process. */
  instance: string = crypto.randomUUID();
  /** What it authenticates with. */
  key: string;
  /** Its id, once it has registered. */
  id = '';
  /** Of its enrolment. */
  secret = randomBytes(24).toString('base64url');

  /** @param key the API key that it is started with */
  constructor(server: Pick<TestServer, 'call'>, key: string, facts: Partial<RegisterRunner> = {}) {
    this.server = server;
    this.key = key;
    this.facts = machine(facts);
  }

  /** A runner that has enrolled and uses its own credential from then on. */
  static async enrolled(server: Pick<TestServer, 'call'>, key: string, facts: Partial<RegisterRunner> = {}) {
    const runner = new RunnerClient(server, key, facts);
    const { id, credential } = await runner.enrol();
    runner.id = id;
    if (credential === undefined) throw new Error('It was given no credential');
    runner.key = credential;
    return runner;
  }

  ask(path: string, body: object, more: Record<string, string> = {}): Promise<Response> {
    return this.server.call('POST', `/api/v1${path}`, {
      key: this.key,
      body,
      headers: { [headers.runnerProtocol]: '1', [headers.runnerInstance]: this.instance, ...more },
    });
  }

  /** The answer of a request that is taken. */
  async say<Answer = object>(path: string, body: object, more: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.ask(path, body, more);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  /** Why a request is refused. */
  async refused(path: string, body: object, more: Record<string, string> = {}): Promise<Refusal> {
    const answer = await this.ask(path, body, more);
    const { error } = (await answer.json()) as { error?: Omit<Refusal, 'status'> };
    if (!error) throw new Error(`${path} was taken`);
    return { status: answer.status, code: error.code, message: error.message };
  }

  enrol(): Promise<RegisteredRunner> {
    return this.say('/runners/register', this.facts, { [headers.enrolment]: this.secret });
  }

  enrolRefused(): Promise<Refusal> {
    return this.refused('/runners/register', this.facts, { [headers.enrolment]: this.secret });
  }

  register(): Promise<RegisteredRunner> {
    return this.say('/runners/register', this.facts);
  }

  claim(more: object = {}): Promise<ClaimAnswer> {
    return this.say(`/runners/${this.id}/claim`, { leases: [], slots: 1, waitSec: 0, ...more });
  }

  heartbeat(more: object = {}): Promise<object> {
    return this.say(`/runners/${this.id}/heartbeat`, { leases: [], ...more });
  }

  /** A run of its own that is running, in a directory of its own. */
  async startsRun(): Promise<ClaimedRun> {
    const cwd = `${this.facts.directories[0]}/${crypto.randomUUID()}`;
    const body = { prompt: 'go', cwd, runnerId: this.id };
    await this.server.call('POST', '/api/v1/runs', { body });
    const [run] = (await this.claim({ waitSec: 10 })).runs;
    if (!run) throw new Error('Nothing was claimed');
    await this.say(`/runs/${run.id}/start`, { token: run.token });
    return run;
  }
}
