import { setTimeout as delay } from 'node:timers/promises';
import { headers } from '@agentfleet/contract';
import type { Api } from './api.js';
import { KeepAliveClient, requestBytes } from './keep-alive-client.js';
import { now } from './load/clock.js';
import { absolute, type Row } from './report.js';
import { startServerProcess } from './server-process.js';
import { machine, register, startSession } from './sessions.js';
import { quantile } from './statistics.js';

/** Runners that come back at the same moment, and viewers. */
const crowd = 2_000;
/** Within which all are served, ms. */
const mostMs = 20_000;
/** Tries of one before it is given up. */
const mostTries = 60;

/** What became of a crowd. */
interface Storm {
  /** Until each was served, ms, tries that were refused included. */
  times: number[];
  /** Tries that were answered 503 or 429, and those whose connection broke without an answer. */
  refused: number;
  broken: number;
  /** Who was not served in the end. */
  lost: number;
}

/**
 * A fleet and its viewers that come back at the same moment, as after an outage: each on a connection of its own, and again when
 * the server says. The server, PostgreSQL and the crowd share the machine.
 */
export async function* storm(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  const { api } = server;
  try {
    const runnerId = await register(api, 'watched', 2);
    const session = await startSession(api, runnerId);
    const machines = Array.from({ length: crowd }, (_one, nth) => machine(`storm-${nth}`, 1));
    const credentials: string[] = [];
    const enrolled = await comeAtOnce(async (nth) => {
      credentials[nth] = await enrolAlone(api, machines[nth] ?? {});
    });
    yield* rowsOf(`${crowd} runners enrol at once`, enrolled);
    const registered = await comeAtOnce((nth) =>
      registerAlone({ host: api.host, key: credentials[nth] ?? '' }, machines[nth] ?? {}),
    );
    yield* rowsOf(`${crowd} runners register at once`, registered);
    const streams: (() => void)[] = [];
    const opened = await comeAtOnce(async () => {
      streams.push(await api.watch(session.id, () => undefined));
    });
    yield* rowsOf(`${crowd} viewers open a log at once`, opened);
    for (const close of streams) close();
  } finally {
    await server.stop();
  }
}

function* rowsOf(what: string, { times, refused, broken, lost }: Storm): Generator<Row> {
  console.log(
    `      ${what}: median ${quantile(times, 0.5).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms; told to come later ${refused} times`,
  );
  yield absolute(`${what}: all served`, 'ms', Math.max(...times), '<=', mostMs);
  yield absolute(`${what}: connections broken`, '', broken, '<=', 0);
  yield absolute(`${what}: not served`, '', lost, '<=', 0);
}

async function comeAtOnce(come: (nth: number) => Promise<unknown>): Promise<Storm> {
  const storm: Storm = { times: [], refused: 0, broken: 0, lost: 0 };
  const began = now();
  const one = async (nth: number) => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      try {
        await come(nth);
        storm.times.push(now() - began);
        return;
      } catch (error) {
        const { message } = error as Error;
        const asked = /(429|503)/.test(message.slice(0, 40));
        if (asked) storm.refused += 1;
        else storm.broken += 1;
        const seconds = Number(/retry-after: (\d+)/i.exec(message)?.[1] ?? 0);
        await delay(seconds * 1_000 + Math.random() * Math.min(30_000, 200 * 2 ** tries));
      }
    }
    storm.lost += 1;
  };
  await Promise.all(Array.from({ length: crowd }, (_one, nth) => one(nth)));
  return storm;
}

/** @returns the credential that it is given */
async function enrolAlone(api: Api, body: object): Promise<string> {
  const secret = crypto.randomUUID().replaceAll('-', '');
  const answer = await registerAlone(api, body, [`${headers.enrolment}: ${secret}`]);
  return (JSON.parse(answer) as { credential: string }).credential;
}

async function registerAlone(
  as: Pick<Api, 'host' | 'key'>,
  body: object,
  more: readonly string[] = [],
): Promise<string> {
  const client = await KeepAliveClient.open(as.host);
  try {
    return await client.send(requestBytes(as, '/runners/register', JSON.stringify(body), more));
  } finally {
    client.close();
  }
}
