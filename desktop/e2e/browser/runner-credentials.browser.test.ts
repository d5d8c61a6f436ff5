import { randomUUID } from 'node:crypto';
import type { RegisterRunner } from '@agentfleet/contract';
import { ControlPlane } from '@agentfleet/runner-core';
import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { test } from './dashboard.js';
import { hands, mouse } from './hand.js';
import { keyWith } from './key-with.js';
import { ScriptedRunner } from './scripted-runner.js';

const facts = (more: Partial<RegisterRunner>): RegisterRunner => ({
  ...{ machineId: randomUUID(), name: 'machine', hostname: 'machine', platform: 'linux', arch: 'x64' },
  ...{ version: '0.1.0', agentVersion: null, directories: ['/no'], permissionModes: ['default'] },
  maxConcurrentRuns: 1,
  ...more,
});
/** A machine that enrols. */
async function enrol(fleet: Fleet, key: string, more: Partial<RegisterRunner>) {
  const control = new ControlPlane({ url: fleet.url, apiKey: key, version: '0.1.0' });
  const registered = await control.call('registerRunner', { enrolment: randomUUID(), body: facts(more) });
  control.speakAs(registered.credential);
  const beat = () => control.call('heartbeat', { id: registered.id, body: { leases: [] } });
  return { ...registered, control, beat };
}

describe.each(hands)('with the $name alone', (hand) => {
  test('the credential of a runner is revoked on its page, and nobody else’s', async ({ fleet, open }) => {
    const key = await keyWith(fleet, ['runner'], 'a key of the workshop');
    const name = `taken by ${hand.name}`;
    const taken = await enrol(fleet, key, { name });
    const other = await enrol(fleet, key, { name: 'left alone' });
    await taken.beat();
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.signIn(fleet.key, `/runners/${taken.id}`);
    await page.getByText('enrolled with a key of the workshop').waitFor();
    await hand.press(page.getByRole('button', { name: 'Revoke credential' }));
    await page.getByRole('alertdialog').getByText('enrols again by itself').waitFor();
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Revoke it' }));
    await page.getByText('None: it uses an API key').waitFor();
    await expect(taken.beat()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await other.beat();
  });

  test('a key is limited where it is made, and its row says how far it is used', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.signIn(fleet.key, '/settings/api-keys');
    const name = `for one laptop, by ${hand.name}`;
    await hand.type(page.getByLabel('Name', { exact: true }), name);
    await hand.type(page.getByLabel('How many'), '1');
    await hand.type(page.getByLabel('Names begin with'), 'laptop-');
    await hand.type(page.getByLabel('Folders they may offer'), '/lent');
    await hand.press(page.getByRole('button', { name: 'Create key' }));
    const key = (await page.getByText(/^af_live_[0-9A-Za-z]{38}$/).textContent()) ?? '';
    const row = page.getByRole('listitem').filter({ hasText: name });
    await row.getByText('0 of 1 connected · names begin with laptop- · /lent').waitFor();

    const outside = enrol(fleet, key, { name: 'laptop-1', directories: ['/lent', '/secret'] });
    await expect(outside).rejects.toThrow('The key does not allow /secret');
    await enrol(fleet, key, { name: 'laptop-1', directories: ['/lent'] });
    const second = enrol(fleet, key, { name: 'laptop-2', directories: ['/lent'] });
    await expect(second).rejects.toThrow('the one runner that it is good for');
    await page.reload();
    await row.getByText('1 of 1 connected').waitFor();
  });
});

test('limits are asked for a key that only connects runners', async ({ fleet, open }) => {
  const { page, ...dashboard } = await open();
  await page.goto('/settings/api-keys');
  await mouse.type(page.getByLabel('API key'), fleet.key);
  await mouse.press(page.getByRole('button', { name: 'Sign in' }));
  await page.getByLabel('How many').waitFor();
  await page.getByRole('checkbox', { name: /^runs:read/ }).check();
  await page.getByLabel('How many').waitFor({ state: 'detached' });
  expect(dashboard.watch.faults()).toEqual([]);
});

test('a runner whose credential two processes use stands out in the list and on its page', async ({
  fleet,
  open,
}) => {
  const runner = await enrol(fleet, fleet.key, { name: 'copied' });
  await runner.beat();
  const copy = new ControlPlane({ url: fleet.url, apiKey: fleet.key, version: '0.1.0' });
  copy.speakAs(runner.credential);
  await copy.call('heartbeat', { id: runner.id, body: { leases: [] } });
  const dashboard = await open();
  await dashboard.signIn(fleet.key, '/runners');
  const { page } = dashboard;
  const card = page.getByRole('listitem').filter({ hasText: 'copied' });
  await card.getByText('Its credential was used from two places at once').waitFor();
  await mouse.press(card.getByRole('link', { name: 'copied' }));
  await page.getByText('If its directory was copied').waitFor();
});

test('whether runners need credentials is switched where the keys are', async ({ fleet, open }) => {
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/settings/api-keys');
  const box = page.getByRole('checkbox', { name: /^Runners need a credential of their own/ });
  await expect.poll(() => box.isChecked()).toBe(true);
  const old = new ControlPlane({ url: fleet.url, apiKey: fleet.key, version: '0.1.0' });
  const register = () => old.call('registerRunner', { body: facts({ name: 'old' }) });
  await expect(register()).rejects.toMatchObject({ code: 'RUNNER_OUTDATED' });
  await box.click();
  await expect
    .poll(async () => (await fleet.get<{ org: object }>('/me')).org)
    .toMatchObject({
      requireRunnerCredentials: false,
    });
  await register();
  await page.reload();
  await expect.poll(() => box.isChecked()).toBe(false);
  await box.click();
  await expect.poll(() => box.isEnabled()).toBe(true);
  await expect(register()).rejects.toMatchObject({ code: 'RUNNER_OUTDATED' });
});

test('the runners that tests script have credentials as real ones do', async ({ fleet }) => {
  const scripted = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'scripted here' });
  expect(await fleet.get(`/runners/${scripted.id}`)).toMatchObject({ credential: { conflictAt: null } });
});
