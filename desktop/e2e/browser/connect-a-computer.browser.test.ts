import type { StartedSignIn } from '@agentfleet/contract';
import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { everyViolation } from './axe.js';
import { test } from './dashboard.js';
import { hands } from './hand.js';
import { keyWith } from './key-with.js';

const post = async <Answer>(fleet: Fleet, path: string, body: object): Promise<Answer> =>
  (await (await fleet.request('POST', path, body)).json()) as Answer;
/** A computer that asks to be connected. */
const ask = (fleet: Fleet, computer: string) =>
  post<StartedSignIn>(fleet, '/sign-ins', {
    ...{ computer, user: 'ann', hostname: 'mill.example', platform: 'linux', version: '1.0.0' },
  });
const answerTo = (fleet: Fleet, { deviceCode }: StartedSignIn) =>
  post<{ state: string; window?: string }>(fleet, '/sign-ins/poll', { deviceCode });

describe.each(hands)('with the $name alone', (hand) => {
  test('a computer is looked at and let in where somebody is signed in', async ({ fleet, open }) => {
    const started = await ask(fleet, `mill of ${hand.name}`);
    const dashboard = await open({ hand });
    const { page } = dashboard;
    // As the app opens it: who is not signed in does that first.
    await dashboard.signIn(fleet.key, started.path);
    const asking = page.getByRole('region', { name: 'Computer that asks' });
    await asking.getByText(started.userCode, { exact: true }).waitFor();
    await asking.getByText('ann on mill.example').waitFor();
    await asking.getByText(/^127\.0\.0\.1, /).waitFor();
    expect(await everyViolation(page)).toEqual([]);
    await hand.press(asking.getByRole('button', { name: 'Connect this computer' }));
    await page.getByText(`mill of ${hand.name} may connect to`).waitFor();
    expect(await answerTo(fleet, started)).toMatchObject({ state: 'allowed', window: 'runs:write' });
  });
});

test('a code is typed as one likes, one that is none says so, and a computer that is refused has nothing', async ({
  fleet,
  open,
}) => {
  const started = await ask(fleet, 'a stranger');
  const dashboard = await open();
  const { page } = dashboard;
  dashboard.watch.expectFault(/404 \(Not Found\).*sign-ins\/BBBB-BBBB/);
  await dashboard.signIn(fleet.key, '/connect');
  const code = page.getByLabel('Code that the AgentFleet app shows');
  await code.fill('BBBB-BBBB');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('No computer asks with this code').waitFor();
  await code.fill(started.userCode.toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(started.userCode, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('a stranger was refused').waitFor();
  expect(await answerTo(fleet, started)).toEqual({ state: 'denied' });
});

test('a key that may not connect computers is told what it lacks', async ({ fleet, open }) => {
  const dashboard = await open();
  await dashboard.signIn(await keyWith(fleet, ['runs:write']), '/connect?code=BBBB-BBBB');
  await dashboard.page.getByText('This key may not connect computers').waitFor();
});
