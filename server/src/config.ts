import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrgLimits } from './auth/org-shares.js';
import type { ClientAddress } from './http/origin.js';
import type { LogPlace } from './logstore/open-log-store.js';

export interface Config {
  host: string;
  port: number;
  /** Where the embedded database lives, absolute. */
  dataDir: string;
  databaseUrl: string | undefined;
  /** The same database without the pooler that `databaseUrl` leads through. */
  databaseDirectUrl?: string | undefined;
  /** Connections for work and for what people ask; undefined as openDatabase has it. */
  poolSize?: number | undefined;
  readPoolSize?: number | undefined;
  /** How long the events of a run are kept after its end, ms; undefined for ever. */
  retentionMs: number | undefined;
  /** How long its prompt, its result and other texts of it are, ms; undefined for ever. */
  textRetentionMs?: number | undefined;
  /** How long a run itself is kept after its end, ms; undefined for ever. `retentionMs` is no longer. */
  runRetentionMs?: number | undefined;
  /** How long entries of the audit trail are kept, ms; undefined for ever. */
  auditRetentionMs?: number | undefined;
  /** Where logs lie that were moved; undefined: none were. */
  logPlace?: LogPlace | undefined;
  /** How long after its end the log of a run is moved there, ms; undefined: none is. */
  archiveMs?: number | undefined;
  /** Which address of whoever asks is noted in the log and the audit trail; undefined: none. */
  clientAddress?: ClientAddress | undefined;
  /** How long a session may be out of reach before it counts as lost, ms; undefined as the queue has it. */
  lostGraceMs?: number | undefined;
  /** How long a server that its system stops goes on answering while `/readyz` sends proxies away, ms. */
  drainMs?: number | undefined;
  /** What an org may ask for that has no limits of its own, where that is not as OrgLimits has it. */
  orgLimits?: Partial<OrgLimits>;
  /** What Prometheus must send to read the metrics. */
  metricsToken?: string | undefined;
  /** Where the first admin key is written instead of shown; it must not exist yet. */
  firstKeyFile?: string | undefined;
  logLevel: string;
}

/** A setting that is missing or wrong; the message names the variable and the mend. */
export class ConfigError extends Error {}

/** A week: as long as a session may take. */
const mostGraceSec = 604_800;
/** Longer than any service manager waits. */
const mostDrainSec = 3_600;
const defaultDrainMs = 5_000;

const logLevels = ['debug', 'info', 'warn', 'error'];

/** Reads the server's settings. Throws ConfigError. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const port = env.PORT?.trim() || '7373';
  if (!/^\d+$/.test(port) || Number(port) > 65_535) {
    throw new ConfigError(`PORT is "${port}", but must be a number from 0 to 65535, such as 7373.`);
  }
  const [databaseUrl, databaseDirectUrl] = (['DATABASE_URL', 'DATABASE_DIRECT_URL'] as const).map((name) => {
    const url = readSecret(env, name);
    if (url === undefined || /^postgres(ql)?:\/\//.test(url)) return url;
    throw new ConfigError(
      `${name} must be a PostgreSQL address, such as postgresql://user:password@host/db.`,
    );
  });
  const logLevel = env.LOG_LEVEL?.trim() || 'info';
  if (!logLevels.includes(logLevel)) {
    throw new ConfigError(`LOG_LEVEL is "${logLevel}", but must be one of ${logLevels.join(', ')}.`);
  }
  const metricsToken = readSecret(env, 'METRICS_TOKEN');
  if (metricsToken !== undefined && !/^[\x21-\x7e]{16,}$/.test(metricsToken)) {
    throw new ConfigError('METRICS_TOKEN must have 16 printable characters or more, without a space.');
  }
  const runRetentionMs = readDays(env, 'RUN_RETENTION_DAYS');
  const retentionMs = readDays(env, 'EVENT_RETENTION_DAYS') ?? runRetentionMs;
  const [logPlace, archiveMs] = [readLogPlace(env), readDays(env, 'LOG_ARCHIVE_DAYS')];
  if (archiveMs !== undefined && !logPlace) {
    throw new ConfigError('LOG_ARCHIVE_DAYS needs LOG_STORE, which says where logs are moved to.');
  }
  const dataDir = env.AGENTFLEET_DATA_DIR?.trim() || join(homedir(), '.agentfleet', 'server');
  return {
    host: env.HOST?.trim() || '127.0.0.1',
    port: Number(port),
    dataDir: isAbsolute(dataDir) ? dataDir : resolve(dataDir),
    databaseUrl,
    databaseDirectUrl,
    poolSize: readPoolSize(env, 'DATABASE_POOL_SIZE'),
    readPoolSize: readPoolSize(env, 'DATABASE_READ_POOL_SIZE'),
    // A log goes with its run at the latest, and does so by time, in partitions.
    retentionMs: retentionMs && Math.min(retentionMs, runRetentionMs ?? retentionMs),
    textRetentionMs: readDays(env, 'TEXT_RETENTION_DAYS'),
    runRetentionMs,
    auditRetentionMs: readDays(env, 'AUDIT_RETENTION_DAYS'),
    logPlace,
    archiveMs,
    clientAddress: readClientAddress(env),
    lostGraceMs: readSeconds(env, 'LOST_GRACE_SEC', mostGraceSec, 900),
    drainMs: readSeconds(env, 'DRAIN_SEC', mostDrainSec, 5) ?? defaultDrainMs,
    orgLimits: readOrgLimits(env),
    metricsToken,
    firstKeyFile: env.AGENTFLEET_FIRST_KEY_FILE?.trim() || undefined,
    logLevel,
  };
}

/** LOG_STORE and what belongs to it. */
function readLogPlace(env: NodeJS.ProcessEnv): LogPlace | undefined {
  const text = env.LOG_STORE?.trim() || undefined;
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const folder = url && folderOf(url);
  if (folder !== undefined) return { folder };
  const { hostname: bucket = '', pathname = '' } = url?.protocol === 's3:' ? url : {};
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || !/^(\/[\w.-]+)*\/?$/.test(pathname)) {
    throw new ConfigError(
      `LOG_STORE is "${text}", but must be a folder, such as file:///var/lib/agentfleet/logs, or a bucket, such as s3://bucket/prefix.`,
    );
  }
  const endpoint = env.LOG_STORE_ENDPOINT?.trim() || undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw new ConfigError(
      `LOG_STORE_ENDPOINT is "${endpoint}", but must be an address, such as https://s3.example.com.`,
    );
  }
  const accessKeyId = env.LOG_STORE_KEY_ID?.trim() || undefined;
  const secretAccessKey = readSecret(env, 'LOG_STORE_SECRET');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError('LOG_STORE_KEY_ID and LOG_STORE_SECRET belong together: set both, or neither.');
  }
  return {
    bucket,
    prefix: pathname.replace(/^\//, '').replace(/([^/])$/, '$1/'),
    endpoint,
    region: env.LOG_STORE_REGION?.trim() || 'us-east-1',
    credentials:
      accessKeyId !== undefined && secretAccessKey !== undefined
        ? { accessKeyId, secretAccessKey }
        : undefined,
  };
}

/** The folder that a `file:` names; undefined of what names none, or none that this system can have. */
function folderOf(url: URL): string | undefined {
  if (url.protocol !== 'file:' || url.host !== '' || url.pathname === '/') return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function readClientAddress(env: NodeJS.ProcessEnv): ClientAddress | undefined {
  const given = env.CLIENT_ADDRESS?.trim() || undefined;
  if (given === undefined || given === 'connection' || given === 'forwarded') return given;
  throw new ConfigError(
    `CLIENT_ADDRESS is "${given}", but must be connection or, behind a proxy that sends X-Forwarded-For, forwarded.`,
  );
}

/** A setting in seconds, as ms; undefined where it is not given. */
function readSeconds(
  env: NodeJS.ProcessEnv,
  name: string,
  most: number,
  example: number,
): number | undefined {
  const seconds = env[name]?.trim() || undefined;
  if (seconds === undefined) return undefined;
  if (/^\d{1,6}$/.test(seconds) && Number(seconds) <= most) return Number(seconds) * 1_000;
  throw new ConfigError(
    `${name} is "${seconds}", but must be a number of seconds from 0 to ${most}, such as ${example}.`,
  );
}

const orgLimitNames: Record<keyof OrgLimits, string> = {
  requestsPerMinute: 'ORG_REQUESTS_PER_MINUTE',
  queuedRuns: 'ORG_QUEUED_RUNS',
  appendedMbPerMinute: 'ORG_APPENDED_MB_PER_MINUTE',
  openStreams: 'ORG_OPEN_STREAMS',
};

/** Those that are set; null is no limit. */
function readOrgLimits(env: NodeJS.ProcessEnv): Partial<OrgLimits> {
  const limits: Partial<OrgLimits> = {};
  for (const [limit, name] of Object.entries(orgLimitNames) as [keyof OrgLimits, string][]) {
    const text = env[name]?.trim() || undefined;
    if (text === undefined) continue;
    if (text !== 'none' && !/^[1-9]\d{0,8}$/.test(text)) {
      throw new ConfigError(`${name} is "${text}", but must be a number from 1 on, or none.`);
    }
    limits[limit] = text === 'none' ? null : Number(text);
  }
  return limits;
}

/** A setting in connections; undefined where it is not given. */
function readPoolSize(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const size = env[name]?.trim() || undefined;
  if (size === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/.test(size)) return Number(size);
  throw new ConfigError(
    `${name} is "${size}", but must be a number of connections from 1 to 999, such as 20.`,
  );
}

/** A setting in days, as ms; undefined where it is not given. */
function readDays(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const days = env[name]?.trim() || undefined;
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) {
    throw new ConfigError(`${name} is "${days}", but must be a number of days from 1 on, such as 90.`);
  }
  return days === undefined ? undefined : Number(days) * 24 * 3_600_000;
}

/** A setting that is a secret: itself, or in the file that `NAME_FILE` names and only its user can read. */
function readSecret(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim() || undefined;
  const file = env[`${name}_FILE`]?.trim();
  if (value !== undefined || !file) return value;
  try {
    // Windows keeps rights otherwise.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new ConfigError(`${name}_FILE is ${file}, which others can read. Run: chmod 600 '${file}'`);
    }
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${name}_FILE cannot be read: ${(error as Error).message}`);
  }
}

/** Runs a program's main function; what the user can mend is said in a sentence, without a stack. */
export function runProgram(main: () => Promise<void>): void {
  // Whoever read what we say may go away; the server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  main().catch((error: Error) => {
    console.error(error instanceof ConfigError ? error.message : `AgentFleet cannot start. ${error.message}`);
    if (process.env.LOG_LEVEL === 'debug') console.error(error);
    process.exit(error instanceof ConfigError ? 2 : 1);
  });
}
