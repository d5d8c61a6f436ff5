import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiKey, Runner } from '@agentfleet/contract';
import { expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { keychainService } from '../../main/src/keys/api-key.js';
import { combineKeyStores } from '../../main/src/keys/key-store.js';
import { nativeKeyStores } from '../../main/src/keys/native-stores.js';
import { latch } from '../browser/latch.js';
import type { Computer } from './computer.js';
import type { Lane } from './lane.js';
import { test, withKeychain } from './test.js';

/** The keychain of a computer, from outside of the app. */
async function keychainOf(lane: Lane, computer: Computer, server: string) {
  if (lane.isStandIn) {
    const file = join(computer.home, 'keychain.json');
    const name = `${keychainService} ${server}`;
    const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
    return {
      read: async (): Promise<string | null> => read()[name] ?? null,
      write: async (key: string) => writeFileSync(file, JSON.stringify({ ...read(), [name]: key })),
    };
  }
  if (lane.bus) process.env.DBUS_SESSION_BUS_ADDRESS = lane.bus;
  const keychain = combineKeyStores(await nativeKeyStores(console.warn));
  return {
    read: () => keychain.getPassword(keychainService, server),
    write: (key: string) => keychain.setPassword(keychainService, server, key),
  };
}

async function runnerOf(fleet: Fleet, name: string): Promise<Runner | undefined> {
  return (await fleet.get<{ data: Runner[] }>('/runners')).data.find((each) => each.name === name);
}

async function windowKeysOf(fleet: Fleet, runner: Runner | undefined): Promise<ApiKey[]> {
  const { data } = await fleet.get<{ data: ApiKey[] }>('/api-keys');
  return data.filter(({ windowOf }) => runner !== undefined && windowOf === runner.id);
}

test('beside a key of the environment that may only enrol the window has a key of its own, for the sessions of its runner, and nothing is kept', async ({
  lane,
  fleet,
  connected,
}) => {
  const made = await fleet.request('POST', '/api-keys', { name: 'workshop', scopes: ['runner'] });
  const { key } = (await made.json()) as { key: string };
  const { computer, app } = await connected({
    settings: { name: 'workshop' },
    env: { AGENTFLEET_API_KEY: key },
  });
  const runner = await runnerOf(fleet, 'workshop');
  await expect.poll(() => windowKeysOf(fleet, runner)).toMatchObject([{ scopes: [] }]);
  const [window] = await windowKeysOf(fleet, runner);
  const page = await app.page();
  await fleet.launch({ cwd: computer.code, prompt: 'of the workshop' });
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await page.getByText('of the workshop').first().waitFor();
  if (lane.hasKeychain) expect(await (await keychainOf(lane, computer, fleet.url)).read()).toBeNull();
  // It is revoked alone.
  await fleet.request('DELETE', `/api-keys/${window?.id}`);
  await page.reload();
  await page.getByText(/does not know the key|Authentication required/).waitFor();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

withKeychain(
  'a key that an older version kept is exchanged for the window’s own once the runner is online, without ending what runs, and is not kept; that one stays at the next start',
  async ({ lane, fleet, model, aComputer, start }) => {
    const computer = aComputer();
    const keychain = await keychainOf(lane, computer, fleet.url);
    await keychain.write(fleet.key);
    computer.writeWindowMemory({ toldOfClosing: true });
    computer.writeSettings({ server: fleet.url, directories: [computer.code], name: 'veteran' });
    const go = latch();
    model.says(() => [text('At it.'), gate(go.opened), text('Done.')]);
    // What waits for this computer begins as soon as it is online.
    const { id } = await fleet.launch({ cwd: computer.code, prompt: 'of earlier' });
    const app = await start(computer);
    await expect.poll(keychain.read, { timeout: 15_000 }).not.toBe(fleet.key);
    const kept = await keychain.read();
    const runner = await runnerOf(fleet, 'veteran');
    const lastFour = kept?.slice(-4);
    expect(await windowKeysOf(fleet, runner)).toMatchObject([{ scopes: ['runs:write'], lastFour }]);
    await fleet.logged(id, ({ message }) => message === 'At it.');
    go.open();
    // One that was only being handed over when the key changed is handed over again; what began is not ended.
    const { status, logs } = await fleet.ended(id);
    expect(status).toBe('SUCCEEDED');
    expect(logs.filter(({ message }) => message === 'session started')).toHaveLength(1);
    await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
    await (await app.page()).getByText('of earlier').first().waitFor();
    expect(computer.log()).not.toContain('not exchanged');
    await app.quit();

    const again = await start(computer);
    await again.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
    await (await again.page()).getByText('of earlier').first().waitFor();
    expect(await keychain.read()).toBe(kept);
    expect(await runnerOf(fleet, 'veteran')).toMatchObject({ id: runner?.id });
    expect(await windowKeysOf(fleet, runner)).toHaveLength(1);
  },
);
