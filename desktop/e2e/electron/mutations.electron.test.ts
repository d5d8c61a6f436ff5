import { expect } from 'vitest';
import { probes } from './probes.js';
import { withBuilds } from './test.js';
import { appWithout, guards } from './without.js';

// A probe that never tells of a breach would prove nothing.
withBuilds.for(guards)('without %s the break-in succeeds', async (guard, { lane, aComputer, start }) => {
  const app = await start(aComputer(), { folder: await appWithout(guard, lane.shims) });
  await app.page();
  expect(await probes[guard](app)).toEqual(expect.any(String));
});

withBuilds(
  'with <webview> switched on, attaching one is still refused',
  async ({ lane, aComputer, start }) => {
    const app = await start(aComputer(), {
      folder: await appWithout('the switch of <webview>', lane.shims),
    });
    await app.page();
    expect(await probes['the guard against <webview>'](app)).toBeUndefined();
    await app.logged(/Refused a page within the page/);
  },
);
