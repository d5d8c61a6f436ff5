import { CreateRun, DecideApproval, type RequestApproval } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { createQueue } from '../queue/create-queue.js';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { Approvals } from './approvals.js';

// On a real PostgreSQL, where statements run beside one another: the embedded one takes them one by one.
let postgres: TestPostgres;
let databases: Database[];
const orgId = newId('org_');
const patient = new AbortController().signal;

beforeAll(async () => {
  postgres = await startTestPostgres();
  databases = await Promise.all([1, 2].map(() => openDatabase({ url: postgres.url, dataDir: null })));
  await databases[0]?.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await postgres.stop();
});

const asking = (token: string, requestId: string, more: Partial<RequestApproval> = {}): RequestApproval => ({
  ...{ token, requestId, tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } },
  ...{ toolUseId: null, sessionGrant: null, waitSec: 60 },
  ...more,
});

test('however many ask, decide and withdraw at once at two servers, one word counts for each and the run counts what waits', async () => {
  const [one, other] = databases as [Database, Database];
  const servers = [new Approvals(one), new Approvals(other)] as const;
  const queue = createQueue(one);
  const { id: runId } = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code' }));
  const runner = await queue.register(orgId, machine());
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, runner.id, idle, patient)).runs;
  if (!run) throw new Error('nothing was claimed');
  await queue.start(orgId, runId, { token: run.token });

  const names = Array.from({ length: 24 }, (_name, index) => `request-${index}`);
  const asked = await Promise.all(
    names.map(async (name) => {
      // Said at both servers at once, as a network that doubles a request does.
      const [first, again] = await Promise.all(
        servers.map((server) => server.request(orgId, runId, asking(run.token, name))),
      );
      expect(again?.id).toBe(first?.id);
      return first?.id ?? '';
    }),
  );
  expect(new Set(asked).size).toBe(names.length);
  expect((await queue.get(orgId, runId)).approvalsWaiting).toBe(names.length);

  // Of each three: two people disagree, one person and the session itself do, nobody does anything.
  const words = await Promise.all(
    asked.map(async (id, index) => {
      const decide = (server: Approvals, decision: 'allow' | 'deny') =>
        server.decide(orgId, id, DecideApproval.parse({ decision }), keyNamed(decision)).then(
          ({ state }) => state,
          ({ code }: { code: string }) => code,
        );
      if (index % 3 === 2) return [];
      const second =
        index % 3 === 0
          ? decide(servers[1], 'deny')
          : servers[1]
              .request(orgId, runId, asking(run.token, names[index] ?? '', { withdrawn: true }))
              .then(({ state }) => state);
      return Promise.all([decide(servers[0], 'allow'), second]);
    }),
  );
  for (const [index, [first, second]] of words.entries()) {
    const { state } = await servers[0].get(orgId, asked[index] ?? '');
    if (index % 3 === 2) expect(state).toBe('waiting');
    else if (index % 3 === 0)
      expect([first, second]).toEqual(
        state === 'allowed' ? ['allowed', 'APPROVAL_CLOSED'] : ['APPROVAL_CLOSED', 'denied'],
      );
    else
      expect([first, second]).toEqual(
        state === 'allowed' ? ['allowed', 'allowed'] : ['APPROVAL_CLOSED', 'withdrawn'],
      );
  }
  expect((await queue.get(orgId, runId)).approvalsWaiting).toBe(names.length / 3);
  const { commands } = await queue.claim(orgId, runner.id, { ...idle, slots: 0 }, patient);
  const decided = words.flat().filter((word) => word === 'denied').length;
  const allowed = new Set(asked.filter((_id, index) => words[index]?.[0] === 'allowed')).size;
  expect(commands).toHaveLength(decided + allowed);
});
