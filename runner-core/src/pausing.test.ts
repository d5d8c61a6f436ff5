import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerPause } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';

const byAnn: RunnerPause = {
  ...{ at: '2026-11-30T09:00:00.000Z', by: 'Ann', atMachine: false, until: null, note: 'backup' },
};

let api: TestControlApi;
let dir: string;
let on: RunnerOn;
beforeEach(async () => {
  api = await new TestControlApi().listen();
  api.pause = null;
  dir = mkdtempSync(join(tmpdir(), 'pausing-'));
  on = new RunnerOn(api, {}, dir);
});
afterEach(async () => {
  await on.close();
  await api.close();
});

const lastClaim = () => expect.poll(() => api.requests('claim').at(-1)?.body);
const claims = () => expect.poll(() => api.requests('claim').length);
const pausedNow = () => expect.poll(() => on.runner.pausedNow);
const restart = async () => {
  await on.stop();
  on = new RunnerOn(api, {}, dir);
};

test('it learns who paused it and until when, says what it was told, and hears of the end at once', async () => {
  await lastClaim().toMatchObject({ pausedAt: null, draining: false });
  const heard: unknown[] = [];
  on.runner.on('paused', (pause) => heard.push(pause));
  api.pause = byAnn;
  api.ring();
  await pausedNow().toEqual(byAnn);
  await lastClaim().toMatchObject({ pausedAt: byAnn.at, draining: false });
  api.pause = null;
  api.ring();
  await pausedNow().toBeNull();
  expect(heard).toEqual([byAnn, null]);
});

test('a pause at the machine is the server’s, also when it was asked for while that was away and before a restart', async () => {
  await claims().toBe(1);
  api.fault = () => ({ status: 503, code: 'INTERNAL' });
  on.runner.pauseHere(3_600);
  expect(on.runner.pausedNow).toMatchObject({ atMachine: true, by: null });
  await restart();
  await pausedNow().toMatchObject({ atMachine: true });
  api.fault = () => undefined;
  await expect.poll(() => api.pause).toMatchObject({ atMachine: true });
  expect(api.requests('pauseOwn').at(-1)?.body.forSec).toBeGreaterThan(3_500);
  await lastClaim().toMatchObject({ draining: false, pausedAt: expect.any(String) });
  expect(existsSync(join(dir, 'pause.json'))).toBe(false);
});

test('a pause from before the clock was put back a day ends when it was meant to end', async () => {
  await on.stop();
  const day = 24 * 3_600_000;
  const [at, until] = [day, day + 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
  writeFileSync(join(dir, 'pause.json'), JSON.stringify({ paused: true, at, until }));
  on = new RunnerOn(api, {}, dir);
  await expect.poll(() => api.pause).toMatchObject({ atMachine: true });
  expect(api.requests('pauseOwn').at(-1)?.body.forSec).toBeLessThanOrEqual(3_600);
});

test('resumed at the machine it takes runs again, whoever paused it', async () => {
  await claims().toBe(1);
  api.pause = byAnn;
  api.ring();
  await pausedNow().toEqual(byAnn);
  const run = api.launch();
  on.runner.resumeHere();
  await expect.poll(() => api.stored(run.id).state).toBe('RUNNING');
  expect(api.pause).toBeNull();
});

test('a server that tells of no pause is asked for nothing more: it is told of one by draining, also after a restart', async () => {
  await on.stop();
  api.pause = undefined;
  await restart();
  await claims().toBeGreaterThan(0);
  on.runner.pauseHere();
  await lastClaim().toMatchObject({ draining: true, slots: 0 });
  await restart();
  await lastClaim().toMatchObject({ draining: true, slots: 0 });
  on.runner.resumeHere();
  await lastClaim().toMatchObject({ draining: false, slots: 4 });
  await restart();
  await lastClaim().toMatchObject({ draining: false, slots: 4 });
  expect(api.requests('pauseOwn')).toEqual([]);
  expect(api.requests('claim').filter(({ body }) => 'pausedAt' in body)).toEqual([]);
});

test('an older server beside a newer one, which refuses what it does not know, costs one claim', async () => {
  await claims().toBe(1);
  api.fault = ({ route, body }) =>
    route === 'claim' && 'pausedAt' in body ? { status: 400, code: 'VALIDATION_FAILED' } : undefined;
  api.pause = undefined;
  api.launch();
  await expect.poll(() => on.agent.sessions.length).toBe(1);
});
