import { expect } from 'vitest';
import { probes } from './probes.js';
import { onStandIn } from './test.js';
import { appWithout, guards } from './without.js';

// A probe that never tells of a breach would prove nothing.
onStandIn.for(guards)('without %s the break-in succeeds', async (guard, { aComputer, start }) => {
  const app = await start(aComputer(), { folder: await appWithout(guard) });
  await app.page();
  expect(await probes[guard](app)).toEqual(expect.any(String));
});
