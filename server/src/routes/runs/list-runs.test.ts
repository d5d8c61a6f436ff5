import type { Run } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machine } from '../../testing/machine.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
/** The runs by what they were asked. */
const made = new Map<string, Run>();
let runnerId: string;

async function launch(prompt: string, more: object = {}): Promise<void> {
  const answer = await server.call('POST', '/api/v1/runs', { body: { prompt, cwd: '/code', ...more } });
  made.set(prompt, (await answer.json()) as Run);
}

beforeAll(async () => {
  server = await startTestServer();
  const registered = await server.call('POST', '/api/v1/runners/register', {
    headers: { 'agentfleet-protocol': '1' },
    body: machine({ directories: ['/elsewhere'] }),
  });
  runnerId = ((await registered.json()) as { id: string }).id;
  await launch('in code');
  await launch('in code/api', { cwd: '/code/api/' });
  await launch('in code-evil', { cwd: '/code-evil' });
  await launch('in 100% of cases', { cwd: '/home/a_b' });
  await launch('in a windows folder', { cwd: 'C:\\Users\\You\\code\\api' });
  await launch('in a windows share', { cwd: '\\\\Server\\share\\code' });
  await launch('beside a_b', { cwd: '/home/axb/deep' });
  await launch('says C:\\new', { cwd: '/elsewhere' });
  await launch('labelled', { labels: ['nightly', 'deploy: prod'] });
  await launch('pinned', { runnerId });
  await launch('cancelled');
  await server.call('POST', `/api/v1/runs/${made.get('cancelled')?.id}/cancel`, { body: {} });
  await server.database.prisma.run.update({
    where: { id: made.get('pinned')?.id ?? '' },
    // The count of a run that is over means nothing.
    data: { approvalsWaiting: 1, status: 'SUCCEEDED', result: 'The Heron flew', finishedAt: new Date() },
  });
  await server.database.prisma.run.update({
    where: { id: made.get('in code')?.id ?? '' },
    data: { status: 'RUNNING', approvalsWaiting: 2 },
  });
});
afterAll(() => server.close());

async function list(query: Record<string, string>): Promise<string[]> {
  const answer = await server.call('GET', `/api/v1/runs?${new URLSearchParams(query)}`);
  expect(answer.status).toBe(200);
  const { data } = (await answer.json()) as { data: Run[] };
  return data.map(({ input }) => input);
}

const newestFirst = () => [...made.keys()].reverse();

describe('the list of runs', () => {
  test('has every run, newest first', async () => {
    expect(await list({})).toEqual(newestFirst());
  });

  test.each([
    ['one status', { status: 'CANCELLED' }, ['cancelled']],
    ['several statuses', { status: 'SUCCEEDED,CANCELLED' }, ['cancelled', 'pinned']],
    [
      'a directory and what is below it, by whole names',
      { cwd: '/code', q: 'in' },
      ['pinned', 'in code/api', 'in code'],
    ],
    ['a directory with a trailing slash and dots', { cwd: '/x/../code/api/' }, ['in code/api']],
    ['the root', { cwd: '/', q: 'in 100%' }, ['in 100% of cases']],
    ['a directory whose name has wildcards', { cwd: '/home/a_b' }, ['in 100% of cases']],
    ['text with a backslash', { q: 'c:\\n' }, ['says C:\\new']],
    ['a Windows directory, any case and slash', { cwd: 'c:/users/you' }, ['in a windows folder']],
    ['a drive', { cwd: 'C:\\' }, ['in a windows folder']],
    ['a share', { cwd: '\\\\server\\SHARE' }, ['in a windows share']],
    ['a label', { label: 'deploy: prod' }, ['labelled']],
    ['no such label', { label: 'night' }, []],
    ['text of the prompt, any case', { q: 'LABELLED' }, ['labelled']],
    ['text of the result', { q: 'heron' }, ['pinned']],
    ['text that has wildcards', { q: '100%' }, ['in 100% of cases']],
    ['text that is only wildcards', { q: '_%' }, []],
    ['those that wait for a person', { waiting: 'true' }, ['in code']],
    ['those of them that are of a label', { waiting: 'true', label: 'nightly' }, []],
    ['several at once', { status: 'QUEUED', label: 'nightly', cwd: '/code', q: 'lab' }, ['labelled']],
  ])('can be narrowed to %s', async (_what, query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  test('can be narrowed to a runner and to a thread', async () => {
    expect(await list({ runnerId })).toEqual(['pinned']);
    expect(await list({ threadId: made.get('labelled')?.threadId ?? '' })).toEqual(['labelled']);
  });

  test('comes in pages that have every run once, also when runs are launched meanwhile', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    const expected = newestFirst();
    while (cursor !== null) {
      const page = new URLSearchParams({ limit: '4', ...(cursor && { cursor }) });
      const answer = await server.call('GET', `/api/v1/runs?${page}`);
      const body = (await answer.json()) as { data: Run[]; nextCursor: string | null };
      seen.push(...body.data.map(({ input }) => input));
      expect(body.data.length).toBeLessThanOrEqual(4);
      cursor = body.nextCursor;
      if (seen.length < 5) await launch(`meanwhile ${seen.length}`);
    }
    expect(seen).toEqual(expected);
  });
});
