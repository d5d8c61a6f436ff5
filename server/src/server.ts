import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Approvals } from './approvals/approvals.js';
import { forgetAudit } from './audit/forget-audit.js';
import { Authenticator } from './auth/authenticator.js';
import { RunnerKeys } from './auth/runner-keys.js';
import { SignInCodes } from './auth/sign-in-codes.js';
import { RunnerWatch } from './changes/runner-watch.js';
import { type Config, ConfigError } from './config.js';
import { ConnectionSum } from './db/connection-sum.js';
import type { Database } from './db/database.js';
import { openDatabase, ownMigrations } from './db/open.js';
import { SchemaWatch } from './db/schema-watch.js';
import { createEventLog } from './eventlog/create-eventlog.js';
import { moveLogs } from './eventlog/moved/move-logs.js';
import { clearEnds } from './eventlog/partitions/end-rest.js';
import { keepPartitions } from './eventlog/partitions/keep-partitions.js';
import { every } from './every.js';
import { forgetTexts, tidyUp } from './housekeeping.js';
import { createApp } from './http/app.js';
import { isLoopback } from './http/check-host.js';
import { Crowd } from './http/crowd.js';
import { OpenAnswers } from './http/open-answers.js';
import { Orders } from './http/orders.js';
import { Questions } from './http/questions.js';
import { answerUnreadable } from './http/unreadable-request.js';
import { Inquiries } from './inquiries/inquiries.js';
import { openLogStore } from './logstore/open-log-store.js';
import { calmLog } from './observability/calm-log.js';
import { describeFault } from './observability/fault.js';
import { Metrics } from './observability/metrics.js';
import { Troubles } from './observability/troubles.js';
import { Partials } from './partials/partials.js';
import { createQueue } from './queue/create-queue.js';
import { forgetRuns } from './queue/forget-runs.js';
import { defaultPolicy, type QueuePolicy } from './queue/policy.js';
import type { Queue } from './queue/queue.js';
import { keepUsage } from './usage/keep-usage.js';

export const repositoryFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** How often what nobody needs any more is deleted, ms. */
const tidyMs = 10 * 60_000;
/** How often what sessions used is summed, ms. */
const usageMs = 60_000;
/** Texts and old runs are looked for at every so many of those times, once a day, the first included: that is a look at all runs. */
const looksEvery = 144;
/** How long open answers may take when the server closes, ms. */
const closeMs = 3_000;

/** Connections that the system keeps until they are taken, where it lets that many wait: others are refused by it. */
const mostUnaccepted = 4_096;

export const daemonFile = repositoryFile('runner/agentfleet-runner.mjs');
export const version: string = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')).version;

export interface RunningServer {
  /** Where people and runners on this computer reach it, e.g. `http://localhost:7373`. */
  url: string;
  database: Database;
  queue: Queue;
  signInCodes: SignInCodes;
  /**
   * Answers who waits, ends streams, closes the database. Repeating it is harmless.
   * @param drainMs for how long it answers on before, while `/readyz` is 503 and no connection is kept. Default 0
   */
  close(drainMs?: number): Promise<void>;
}

/** `dataDir` null keeps the embedded database in memory. */
export type ServerConfig = Omit<Config, 'dataDir'> & { dataDir: string | null };

/** How fast a server lives. Tests of faults let it live faster than anybody should. */
export interface Pace {
  policy: QueuePolicy;
  /** How often leases and times to live are looked at, ms. */
  sweepMs: number;
  /** Slow look at a log besides wake-ups, for when one was lost, ms. */
  tailPollMs: number;
  /** How long the head of a request may take to arrive, and all of it, ms: who is slower holds a place for nothing. */
  headMs: number;
  requestMs: number;
  /** How often it is looked whether a newer server has migrated the database, ms. */
  schemaMs: number;
  /** How often logs are looked for that are to be moved, and objects that are to be deleted, ms. */
  moveMs: number;
  /** How often an idle stream says that it lives, ms: proxies cut what is silent. */
  streamHeartbeatMs: number;
  /** How long a runner may take to answer what it is asked, ms. */
  inquiryMs: number;
  /** How often it is looked for runners that have fallen silent, ms, while somebody watches. */
  runnerLookMs: number;
}

export const defaultPace: Pace = {
  policy: defaultPolicy,
  sweepMs: 5_000,
  tailPollMs: 5_000,
  headMs: 15_000,
  requestMs: 60_000,
  schemaMs: 30_000,
  moveMs: tidyMs,
  streamHeartbeatMs: 15_000,
  inquiryMs: 5_000,
  runnerLookMs: 5_000,
};

/** Opens the database, listens, and sweeps. Throws ConfigError when the port is taken. */
export async function startServer(
  config: ServerConfig,
  logger: Logger,
  pace: Pace = defaultPace,
): Promise<RunningServer> {
  const log = calmLog(logger.child({}, { serializers: { err: describeFault } }));
  const database = await openDatabase({
    url: config.databaseUrl,
    directUrl: config.databaseDirectUrl,
    dataDir: config.dataDir,
    poolSize: config.poolSize,
    readPoolSize: config.readPoolSize,
    onWait: (sentence) => log.warn(sentence),
  });
  const own = ownMigrations().map(({ name }) => name);
  const schema = new SchemaWatch(database, own, (sentence) => log.warn(sentence));
  const sum = new ConnectionSum(database, (sentence) => log.warn(sentence));
  await sum.look().catch(() => undefined);
  const migration = own.at(-1) ?? '';
  const metrics = new Metrics(database, { version, migration, schema, retention: config });
  const troubles = new Troubles(log, metrics);
  const failed = (what: string) => (error: unknown) => {
    if (troubles.note(error) === undefined) log.error({ err: error }, `${what} failed`);
  };
  await clearEnds(database, new AbortController().signal).catch(failed('clearing the ends of partitions'));
  const policy: QueuePolicy = {
    ...pace.policy,
    lostGraceMs: config.lostGraceMs ?? pace.policy.lostGraceMs,
    forgetsRuns: config.runRetentionMs !== undefined,
  };
  const queue = createQueue(database, policy, {
    claimed: (ms) => metrics.claimed(ms),
    ended: (status, failure) => metrics.ended(status, failure),
  });
  const store = config.logPlace && openLogStore(config.logPlace);
  const signInCodes = new SignInCodes();
  const partials = new Partials(database);
  const inquiries = new Inquiries(database, pace.inquiryMs);
  const leaving = new AbortController();
  const closing = new AbortController();
  // Every open answer listens.
  setMaxListeners(0, closing.signal);
  const authenticator = new Authenticator(database, config.orgLimits);
  const othersAreHere = (orgId: string) => authenticator.otherOrgs.areHere(orgId);
  const runnerWatch = new RunnerWatch(database, policy.onlineMs, pace.runnerLookMs);
  const app = createApp({
    database,
    queue,
    eventLog: createEventLog(database, pace.tailPollMs, policy, store),
    partials,
    inquiries,
    approvals: new Approvals(database, policy, (decision, ms) => metrics.answered(decision, ms)),
    authenticator,
    runnerKeys: new RunnerKeys(database, log),
    streamHeartbeatMs: pace.streamHeartbeatMs,
    openAnswers: new OpenAnswers(authenticator, closing.signal),
    questions: new Questions(database.readers, othersAreHere),
    crowd: new Crowd(),
    orders: new Orders(database.workers, othersAreHere),
    runnerWatch,
    signInCodes,
    metrics,
    troubles,
    schema,
    metricsToken: config.metricsToken,
    log,
    clientAddress: config.clientAddress,
    pages: { dashboardDir: repositoryFile('desktop/renderer/dist'), daemonFile, version },
    loopbackOnly: isLoopback(config.host),
    leaving: leaving.signal,
    closing: closing.signal,
  });
  app.on('error', (error) => log.debug({ err: error }, 'connection failed'));
  const deadlines = {
    headersTimeout: pace.headMs,
    requestTimeout: pace.requestMs,
    connectionsCheckingInterval: Math.min(5_000, pace.headMs),
  };
  const http = createServer(deadlines, app.callback());
  http.on('clientError', answerUnreadable);
  // Longer than a long-poll, so that a runner's connection is not closed under it between two of them.
  http.keepAliveTimeout = 65_000;
  try {
    await listen(http, config);
  } catch (error) {
    partials.close();
    inquiries.close();
    await database.close();
    throw error;
  }
  const sweeping = every(pace.sweepMs, () =>
    metrics
      .timed('sweep', () => queue.sweep())
      .then((changed) => metrics.swept.inc(changed), failed('sweep')),
  );
  // A database that is away says so by itself.
  const watching = every(pace.schemaMs, async () => {
    await schema.look().catch(() => undefined);
    await sum.look().catch(() => undefined);
  });
  let tidied = 0;
  let said: string | undefined;
  const tidy = async () => {
    const { why } = await keepPartitions(database, config.retentionMs, closing.signal);
    if (why !== undefined && why !== said) log.warn(why);
    said = why;
    await metrics.timed('prune events', () => tidyUp(database, config.retentionMs, closing.signal));
    const { auditRetentionMs, textRetentionMs, runRetentionMs } = config;
    if (auditRetentionMs !== undefined) {
      const old = { olderThanMs: auditRetentionMs };
      await metrics.timed('prune audit', () => forgetAudit(database, old, closing.signal));
    }
    if (textRetentionMs !== undefined && tidied % looksEvery === 0) {
      await metrics.timed('prune texts', () => forgetTexts(database, textRetentionMs, closing.signal));
    }
    if (runRetentionMs !== undefined && tidied % looksEvery === 0) {
      await metrics.timed('prune runs', () => forgetRuns(database, runRetentionMs, closing.signal));
    }
    tidied += 1;
  };
  const tidying = every(tidyMs, () => metrics.timed('housekeeping', tidy).catch(failed('housekeeping')));

  const summing = every(usageMs, () =>
    metrics.timed('usage', () => keepUsage(database, closing.signal)).catch(failed('usage')),
  );

  // Apart from the rest, which a store that is slow does not delay.
  const move = async () => {
    if (!store) return;
    const { archiveMs } = config;
    await moveLogs(database, store, archiveMs, closing.signal, (outcome) => metrics.logs.inc({ outcome }));
  };
  const moving = every(pace.moveMs, () => metrics.timed('move logs', move).catch(failed('moving logs')));

  let closed: Promise<void> | undefined;
  const close = async (drainMs: number) => {
    leaving.abort();
    if (drainMs > 0) await delay(drainMs);
    const stopped = [sweeping.stop(), tidying.stop(), summing.stop(), watching.stop(), runnerWatch.stop()];
    partials.close();
    inquiries.close();
    closing.abort();
    await inAQuietMoment();
    const done = new Promise((resolve) => http.close(resolve));
    http.closeIdleConnections();
    const cut = setTimeout(() => http.closeAllConnections(), closeMs);
    await done;
    clearTimeout(cut);
    await Promise.all(stopped);
    // A store that hangs keeps nobody: what it was about is done again.
    await Promise.race([moving.stop(), delay(closeMs, undefined, { ref: false })]);
    await database.close();
  };
  return {
    url: `http://${hostInUrl(config.host)}:${(http.address() as AddressInfo).port}`,
    database,
    queue,
    signInCodes,
    close(drainMs = 0) {
      closed ??= close(drainMs);
      return closed;
    },
  };
}

/**
 * Resolves right after connections that waited were taken: the system resets those that wait when a listener closes,
 * with requests in them that a proxy may not send again.
 */
async function inAQuietMoment(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const before = performance.now();
    // Immediates come right after the event loop has looked for connections.
    await new Promise((resolve) => setImmediate(resolve));
    if (turn > 0 && performance.now() - before < 0.2) return;
  }
}

function listen(http: ReturnType<typeof createServer>, { host, port }: ServerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new ConfigError(`Port ${port} is in use. Stop what uses it, or set PORT to another one.`));
      } else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
        reject(
          new ConfigError(
            `HOST is "${host}", which is no address of this computer. Use 127.0.0.1 or 0.0.0.0.`,
          ),
        );
      } else if (error.code === 'EACCES') {
        reject(new ConfigError(`Port ${port} needs more rights. Set PORT to one above 1023.`));
      } else reject(error);
    });
    http.listen({ port, host, backlog: mostUnaccepted }, resolve);
  });
}

function hostInUrl(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
