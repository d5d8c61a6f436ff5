import { expect } from 'vitest';
import { type Probe, probes } from './probes.js';
import { test } from './test.js';

test.for(Object.entries<Probe>(probes))('%s holds', async ([, probe], { aComputer, start }) => {
  const app = await start(aComputer());
  await app.page();
  expect(await probe(app)).toBeUndefined();
});
