import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from '../testing/control-api.js';
import { RunnerOn } from '../testing/runner-on.js';

let api: TestControlApi;
let home: string;
let on: RunnerOn;
/** Given with every claim that is answered from now on. */
let inquiries: object[] | undefined;
beforeEach(async () => {
  api = await new TestControlApi().listen();
  home = mkdtempSync(join(tmpdir(), 'answering-'));
  mkdirSync(join(home, 'code', 'api', '.git'), { recursive: true });
  inquiries = undefined;
  api.fault = ({ route }) => {
    if (route !== 'claim' || !inquiries) return undefined;
    const told = { stale: [], commands: [], watched: [], runs: [], inquiries };
    return { status: 200, text: JSON.stringify(told) };
  };
  on = new RunnerOn(api, { directories: [join(home, 'code')] });
});
afterEach(async () => {
  inquiries = undefined;
  await on.close();
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

const folders = (id: string = crypto.randomUUID()) => ({ id, kind: 'folders', path: null, hidden: false });
const answers = () => api.requests('answerInquiry').map(({ body }) => body);

test('it says with each request what it can be asked, and answers each inquiry once, however often that comes', async () => {
  await expect.poll(() => api.requests('claim').at(-1)?.headers['agentfleet-answers']).toBe('folders');
  const asked = folders();
  inquiries = [asked, { ...folders(), kind: 'weather' }, asked];
  // It claims anew.
  on.runner.release();
  await expect.poll(() => api.requests('claim').length).toBeGreaterThan(5);
  expect(answers()).toEqual([
    {
      id: asked.id,
      answer: {
        ...{ kind: 'folders', path: null, parent: null, truncated: false },
        folders: [{ name: join(home, 'code'), isRepository: false }],
      },
    },
  ]);
  expect(api.requests('answerInquiry')[0]?.id).toBe('run_test00000001');
});

test('what runs, a pause and a drain keep it from no answer', async () => {
  api.launch({ cwd: join(home, 'code') });
  await expect.poll(() => on.agent.sessions.length).toBe(1);
  inquiries = [folders()];
  on.runner.hold();
  await expect.poll(answers).toHaveLength(1);
});

test('a server of before, or one that has no use for the answer, is no trouble', async () => {
  const { fault } = api;
  api.fault = (request) =>
    request.route === 'answerInquiry' ? { status: 404, code: 'NOT_FOUND' } : fault(request);
  inquiries = [folders()];
  // It claims anew.
  on.runner.release();
  await expect.poll(answers).toHaveLength(1);
  await expect.poll(() => api.requests('claim').length).toBeGreaterThan(5);
  expect(on.troubles).toEqual([]);
});
