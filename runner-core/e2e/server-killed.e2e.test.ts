import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.js';
import {
  delay,
  gate,
  type ModelServer,
  modelMessages,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';

const sessions = 20;
const steps = 4;
/** Before this step a session waits until all of them have come to it, so that all are in the middle. */
const middle = 2;

let model: ModelServer;
let fleet: Fleet;
let arrived = 0;
let allArrived: () => void = () => undefined;
const inTheMiddle = new Promise<void>((resolve) => {
  allArrived = resolve;
});

beforeAll(async () => {
  model = await startModelServer((request) => {
    const step = modelMessages(request);
    if (step === middle) {
      arrived += 1;
      if (arrived === sessions) allArrived();
    }
    const use = toolUse('Glob', { pattern: `step-${step}` });
    if (step === steps) return [text('done')];
    return step === middle ? [gate(inTheMiddle), delay(200), use] : [text(`step ${step}`), use];
  });
  fleet = await Fleet.start(model, { daemon: false });
  await fleet.startDaemon({ MAX_CONCURRENT_RUNS: String(sessions) });
}, 120_000);
afterAll(async () => {
  await fleet?.close();
  await model?.close();
});

test(`a server killed in the middle of ${sessions} streaming sessions loses no acknowledged event, and every session ends truthfully`, async () => {
  const directories = Array.from({ length: sessions }, (_item, index) =>
    join(fleet.allowed, `session-${index}`),
  );
  await Promise.all(directories.map((directory) => mkdir(directory)));
  const runs = await Promise.all(directories.map((cwd) => fleet.launch({ cwd })));
  await inTheMiddle;
  const before = await Promise.all(runs.map((run) => fleet.run(run.id)));
  await fleet.killServer();
  expect(before.map((run) => run.status)).toEqual(Array(sessions).fill('RUNNING'));
  await fleet.startServer();
  for (const [index, run] of runs.entries()) {
    const { status, result, failure, logs } = await fleet.ended(run.id);
    expect({ status, result, failure }).toEqual({ status: 'SUCCEEDED', result: 'done', failure: null });
    expect(logs.map((event) => event.seq)).toEqual(logs.map((_event, at) => at + 1));
    expect(logs.slice(0, before[index]?.logs.length)).toEqual(before[index]?.logs);
    const used = logs.filter((event) => event.kind === 'tool_use').map((event) => event.message);
    expect(used).toEqual(Array.from({ length: steps }, (_item, step) => `Glob step-${step}`));
    expect(logs.at(-1)).toMatchObject({ kind: 'result', message: 'done' });
  }
}, 120_000);
