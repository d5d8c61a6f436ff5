import type { Scope } from '@agentfleet/contract';
import { pino } from 'pino';
import { createApiKey } from '../auth/api-keys.js';
import { newId } from '../db/ids.js';
import { type Pace, type RunningServer, type ServerConfig, startServer } from '../server.js';
import { freshDataDir } from './embedded-template.js';

/** A server on loopback, and an org with a key of every scope. */
export interface TestServer extends RunningServer {
  orgId: string;
  key: string;
  /** Every line of the server's log. */
  logged: string[];
  /** A key of the org, or of another one. */
  makeKey(scopes: Scope[], orgId?: string): Promise<string>;
  makeOrg(): Promise<string>;
  /** One request; `body` is sent as JSON unless it is text already. */
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
}

export interface CallOptions {
  key?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** @param options by default the database is an embedded one of its own, and the server lives at the usual pace */
export async function startTestServer(
  options: {
    databaseUrl?: string;
    databaseDirectUrl?: string;
    port?: number;
    pace?: Pace;
    host?: string;
    metricsToken?: string;
    clientAddress?: 'connection' | 'forwarded';
    orgLimits?: ServerConfig['orgLimits'];
    poolSize?: number;
    readPoolSize?: number;
    logPlace?: ServerConfig['logPlace'];
    archiveMs?: number;
  } = {},
): Promise<TestServer> {
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const embedded = options.databaseUrl === undefined ? freshDataDir() : undefined;
  const config = {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    dataDir: embedded?.dataDir ?? null,
    databaseUrl: options.databaseUrl,
    databaseDirectUrl: options.databaseDirectUrl,
    poolSize: options.poolSize,
    readPoolSize: options.readPoolSize,
    retentionMs: undefined,
    logPlace: options.logPlace,
    archiveMs: options.archiveMs,
    metricsToken: options.metricsToken,
    clientAddress: options.clientAddress,
    ...(options.orgLimits && { orgLimits: options.orgLimits }),
    logLevel: 'debug',
  };
  const server = await startServer(config, log, options.pace);
  const { database, url } = server;
  // Most tests speak the runner protocol with an API key, as old runners do.
  const makeOrg = async () => {
    const id = newId('org_');
    await database.prisma.org.create({ data: { id, name: 'Test', requireRunnerCredentials: false } });
    return id;
  };
  const orgId = await makeOrg();
  const makeKey = async (scopes: Scope[], org = orgId) =>
    (await createApiKey(database, org, { name: 'test', scopes })).key;
  const key = await makeKey(['admin']);
  return {
    ...server,
    orgId,
    key,
    logged,
    makeKey,
    makeOrg,
    async close(drainMs) {
      await server.close(drainMs);
      embedded?.remove();
    },
    call: callerAt(url, key),
  };
}

/** Who sends requests there, with the key unless another is named. */
export function callerAt(url: string, key: string): TestServer['call'] {
  return (method, path, options = {}) => {
    const { body, headers = {}, signal } = options;
    const bearer = options.key === undefined ? key : options.key;
    return fetch(url + path, {
      method,
      headers: {
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  };
}
