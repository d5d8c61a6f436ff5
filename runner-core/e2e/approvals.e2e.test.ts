import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Approval } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clis, pinned } from './clis.js';
import { Fleet, until } from './fleet.js';
import {
  type ModelServer,
  modelMessages,
  type Script,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';

// The built server, the built daemon and the real Claude Code CLI, each a process of its own. Only the model is ours.
describe.each(clis)('$name', ({ executable, version }) => {
  // What no other Claude Code would do otherwise is seen on one.
  const aboutTheFleet = test.runIf(version === pinned.version);
  let model: ModelServer;
  let fleet: Fleet;
  let script: Script;
  let cwd: string;
  let tests = 0;

  beforeAll(async () => {
    model = await startModelServer((request) => script(request));
    fleet = await Fleet.start(model, { executable });
  }, 60_000);
  afterAll(async () => {
    await fleet?.close();
    await model?.close();
  });
  beforeEach(async () => {
    tests += 1;
    cwd = join(fleet.allowed, `test-${tests}`);
    await mkdir(cwd);
    script = (request) =>
      modelMessages(request) === 0 ? [toolUse('Bash', { command: 'touch made.txt' })] : [text('done')];
  });

  /** Waits until a session asks for a tool. */
  async function askedBy(runId: string): Promise<Approval> {
    let found: Approval | undefined;
    await until(async () => {
      const { data } = await fleet.get<{ data: Approval[] }>(`/approvals?runId=${runId}&state=waiting`);
      [found] = data;
      return found !== undefined;
    });
    return found as Approval;
  }

  const decide = ({ id }: Approval, decision: object) =>
    fleet.request('POST', `/approvals/${id}/decision`, decision);
  const made = () => existsSync(join(cwd, 'made.txt'));

  test('a session in mode default waits for a person, and does what that one allows', async () => {
    const { id } = await fleet.launch({ cwd });
    const approval = await askedBy(id);
    expect(approval).toMatchObject({
      state: 'waiting',
      tool: 'Bash',
      message: 'Bash touch made.txt',
      input: { command: 'touch made.txt' },
      sessionGrant: 'Bash(touch made.txt)',
    });
    expect(Date.parse(approval.expiresAt) - Date.parse(approval.requestedAt)).toBe(600_000);
    expect(await fleet.run(id)).toMatchObject({ status: 'RUNNING', approvalsWaiting: 1 });
    expect(made()).toBe(false);
    expect((await decide(approval, { decision: 'allow' })).status).toBe(200);
    const run = await fleet.ended(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', approvalsWaiting: 0 });
    expect(made()).toBe(true);
    const lines = run.logs.map(({ message }) => message);
    expect(lines).toContain('waiting for approval: Bash touch made.txt');
    expect(lines.find((line) => line.startsWith('allowed by '))).toMatch(
      /^allowed by .+: Bash touch made\.txt$/,
    );
  });

  test('a denial is told to Claude with its reason, and the session goes on', async () => {
    const { id } = await fleet.launch({ cwd });
    await decide(await askedBy(id), { decision: 'deny', reason: 'make other.txt instead' });
    const run = await fleet.ended(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    expect(made()).toBe(false);
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain('make other.txt instead');
  });

  test('where nobody answers in time the tool is denied, and nobody can allow it any more', async () => {
    const { id } = await fleet.launch({ cwd, approvalSec: 3 });
    const approval = await askedBy(id);
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', approvalsWaiting: 0 });
    expect(made()).toBe(false);
    expect(await fleet.get<Approval>(`/approvals/${approval.id}`)).toMatchObject({ state: 'expired' });
    const late = await decide(approval, { decision: 'allow' });
    expect([late.status, await late.json()]).toMatchObject([409, { error: { code: 'APPROVAL_CLOSED' } }]);
  });

  test('a session that is cancelled while it waits ends, and what it waited for is withdrawn', async () => {
    const { id } = await fleet.launch({ cwd });
    const approval = await askedBy(id);
    await fleet.request('POST', `/runs/${id}/cancel`, {});
    expect(await fleet.ended(id)).toMatchObject({ status: 'CANCELLED', approvalsWaiting: 0 });
    expect(await fleet.get<Approval>(`/approvals/${approval.id}`)).toMatchObject({ state: 'withdrawn' });
    expect(made()).toBe(false);
  });

  aboutTheFleet(
    'a session waits through a server that is killed, and a decision made before it died still reaches it',
    async () => {
      const { id } = await fleet.launch({ cwd });
      const approval = await askedBy(id);
      await fleet.killServer();
      await fleet.startServer();
      expect(await askedBy(id)).toMatchObject({ id: approval.id });
      // Whether the runner hears of it before this server dies too, or from the next one, is up to chance.
      await decide(approval, { decision: 'allow' });
      await fleet.killServer();
      await fleet.startServer();
      expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
      expect(made()).toBe(true);
    },
  );

  aboutTheFleet('a daemon that is killed leaves nobody to be asked, and nothing is done', async () => {
    const { id } = await fleet.launch({ cwd });
    const approval = await askedBy(id);
    await fleet.killDaemon();
    await fleet.startDaemon();
    expect(await fleet.ended(id)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
    expect((await decide(approval, { decision: 'allow' })).status).toBe(409);
    expect(await fleet.get<Approval>(`/approvals/${approval.id}`)).toMatchObject({ state: 'withdrawn' });
    expect(made()).toBe(false);
  });

  aboutTheFleet('a machine may let nobody be asked', async () => {
    await fleet.killDaemon();
    await fleet.startDaemon({ MAX_APPROVAL_SEC: '0' });
    const { id } = await fleet.launch({ cwd });
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(made()).toBe(false);
    expect(await fleet.get(`/approvals?runId=${id}`)).toEqual({ data: [], nextCursor: null });
  });
});
