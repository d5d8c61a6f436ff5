import { type CreateRun, CreateRun as createRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { createQueue } from '../queue/create-queue.js';
import { machine } from '../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { Partials } from './partials.js';

let postgres: TestPostgres;
let databases: Database[];
let servers: Partials[];
const orgId = newId('org_');
const patient = new AbortController().signal;

beforeAll(async () => {
  postgres = await startTestPostgres();
  databases = await Promise.all([1, 2].map(() => openDatabase({ url: postgres.url, dataDir: null })));
  servers = databases.map((database) => new Partials(database));
  await databases[0]?.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all(databases.map((database) => database.close()));
  await postgres.stop();
});

/** A run that a runner took through the first server. */
async function aRun() {
  const queue = createQueue(databases[0] as Database);
  const cwd = `/code/${crypto.randomUUID()}`;
  const runner = await queue.register(orgId, machine({ directories: [cwd] }));
  const asked: CreateRun = createRun.parse({ prompt: 'go', cwd, runnerId: runner.id });
  const { id } = await queue.enqueue(orgId, asked);
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 20 };
  const [run] = (await queue.claim(orgId, runner.id, idle, patient)).runs;
  if (!run) throw new Error('nothing was claimed');
  const claim = (watched: string[]) =>
    queue.claim(
      orgId,
      runner.id,
      { ...idle, slots: 0, leases: [{ runId: id, token: run.token }], watched },
      patient,
    );
  let offset = 0;
  const produce = async (text: string, at = 0) => {
    const place = { block: 1, kind: 'assistant' as const, afterSeq: 0, offset, text };
    const answer = await servers[at]?.take(orgId, id, { token: run.token, ...place });
    offset = answer?.have ?? 0;
    return answer;
  };
  return { id, claim, produce };
}

/** A viewer at the second server. */
function view(runId: string) {
  let changes = 0;
  const watch = servers[1]?.watch(runId, () => {
    changes += 1;
  });
  return { text: () => watch?.text()?.text, changes: () => changes, stop: () => watch?.stop() };
}

test('pieces that reach one server are seen at another, and its viewers wake the runner', async () => {
  const { id, claim, produce } = await aRun();
  const waiting = claim([]);
  const viewer = view(id);
  expect((await waiting).watched).toEqual([id]);
  await expect
    .poll(async () => {
      await produce('x');
      return viewer.text()?.length ?? 0;
    })
    .toBeGreaterThan(2);
  expect(viewer.text()).toMatch(/^x+$/);
  viewer.stop();
});

test('a viewer who comes late at another server gets the text so far, however long', async () => {
  const { id, produce } = await aRun();
  const line = 'Zwölf Boxkämpfer 👊 jagen\u0000 "Eva". ';
  const text = line.repeat(1_000);
  await produce(text);
  const viewer = view(id);
  await expect.poll(() => viewer.text() === text).toBe(true);
  await produce('The end.');
  await expect.poll(() => viewer.text() === `${text}The end.`).toBe(true);
  viewer.stop();
});

test('a server that lost pieces, because its connection broke, gets them again', async () => {
  const { id, produce } = await aRun();
  const viewer = view(id);
  await produce('One');
  await expect.poll(viewer.text).toBe('One');
  const cut = {
    name: 'cut-listeners',
    text: `SELECT count(pg_terminate_backend(pid)) AS cut FROM pg_stat_activity
      WHERE datname = current_database() AND query ~ '^LISTEN|^SELECT pg_notify' AND pid <> pg_backend_pid()`,
  };
  expect(await databases[0]?.query(cut, [])).toEqual([{ cut: 2 }]);
  let said = 'One';
  const more = async () => {
    await produce(' two');
    said += ' two';
    return viewer.text();
  };
  await expect.poll(more, { timeout: 10_000 }).not.toBe('One');
  await expect.poll(viewer.text).toBe(said);
  viewer.stop();
});

test('where nobody watches elsewhere, the other servers hear nothing', async () => {
  const { id, produce } = await aRun();
  const heard: string[] = [];
  const stop = databases[1]?.wakeups.hear((words) => heard.push(words));
  await produce('to nobody');
  const { id: other, produce: produceOther } = await aRun();
  const viewer = view(other);
  await produceOther('to somebody');
  await expect.poll(viewer.text).toBe('to somebody');
  expect(heard.filter((words) => words.includes(id))).toEqual([]);
  stop?.();
  viewer.stop();
});
