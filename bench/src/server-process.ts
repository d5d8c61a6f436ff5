import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { startTestPostgres } from '@agentfleet/server';
import { end, until } from '../../runner-core/e2e/fleet.js';

/** The built server as a process of its own, on a real PostgreSQL. */
export interface ServerProcess {
  /** Of the database. */
  databaseUrl: string;
  api: Api;
  /** MB; undefined where the system does not tell. */
  resident(): Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function startServerProcess(): Promise<ServerProcess> {
  const postgres = await startTestPostgres();
  const { PATH, SystemRoot, TEMP, TMP, HOME, USERPROFILE } = process.env;
  // For profiling: SERVER_NODE_OPTIONS=--cpu-prof npm run bench -- --only load
  const options = process.env.SERVER_NODE_OPTIONS?.split(' ') ?? [];
  const main = join(import.meta.dirname, '../../server/dist/main.js');
  const child = spawn(process.execPath, [...options, main], {
    env: {
      PATH,
      SystemRoot,
      TEMP,
      TMP,
      HOME,
      USERPROFILE,
      PORT: '0',
      DATABASE_URL: postgres.url,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A bench that fails must leave nobody behind.
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
  await until(() => {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it served`);
    return found(/serving at (\S+)/) !== '';
  });
  return {
    databaseUrl: postgres.url,
    api: new Api(found(/serving at (\S+)/), found(/(af_live_[0-9A-Za-z]{38})/)),
    async resident() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const resident = /VmRSS:\s+(\d+)/.exec(status)?.[1];
      return resident === undefined ? undefined : Number(resident) / 1_000;
    },
    async stop() {
      await end(child, 'SIGTERM');
      await postgres.stop();
    },
  };
}

/** A client that costs little, so that the server is what is measured. */
export class Api {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** `body` is sent as JSON unless it is text already. Throws on every status but 2xx. */
  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#send(
      method,
      path,
      {},
      body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    );
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    if ((response.statusCode ?? 0) >= 300)
      throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** The event stream of a run: `seen` gets each seq as it comes. @returns a function that closes it */
  async watch(runId: string, seen: (seq: number) => void): Promise<() => void> {
    const response = await this.#send('GET', `/runs/${runId}/events`, { accept: 'text/event-stream' });
    if (response.statusCode !== 200) throw new Error(`watch: ${response.statusCode}`);
    let rest = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('id: ')) seen(Number(line.slice(4)));
    });
    return () => response.destroy();
  }

  #send(method: string, path: string, headers: object, body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent: ClientRequest = request(new URL(`/api/v1${path}`, this.url), {
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.key}`,
          'agentfleet-protocol': '1',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      });
      sent.once('response', resolve).once('error', reject).end(body);
    });
  }
}
