import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Dashboard, type Open, test } from './dashboard.js';
import { keyWith } from './key-with.js';
import { scriptedSession } from './scripted-runner.js';

/**
 * A page of another port of the same host, opened in the profile of somebody who is signed in: the browser takes it for
 * the same site, so that it sends the cookie along with whatever this page asks.
 */
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html').end('<!doctype html><title>hostile</title>');
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => void server.close());

async function signedIn(open: Open, key: string): Promise<Dashboard> {
  const dashboard = await open();
  await dashboard.enter(key);
  return dashboard;
}

async function hostilePage({ page }: Dashboard): Promise<Page> {
  const hostile = await page.context().newPage();
  await hostile.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return hostile;
}

test('nothing that a page may send changes anything', async ({ fleet, open }) => {
  const target = fleet.url;
  const dashboard = await signedIn(open, fleet.key);
  const page = await hostilePage(dashboard);
  const answers: string[] = [];
  page.on('response', (answer) => answers.push(`${answer.request().method()} ${answer.status()}`));
  const statuses = await page.evaluate(async (target) => {
    const api = `${target}/api/v1`;
    const body = JSON.stringify({ prompt: 'pwned', cwd: '/code' });
    const tries: [string, RequestInit][] = [];
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', '']) {
      const headers: HeadersInit = type ? { 'content-type': type } : {};
      for (const mode of ['no-cors', 'cors'] as const) {
        tries.push([`${api}/runs`, { method: 'POST', mode, body, headers }]);
      }
    }
    tries.push([`${api}/runs`, { method: 'POST', mode: 'no-cors', body: new Blob([body]) }]);
    // With what a form without a file would send, and with a token that is guessed.
    const csrf = { 'agentfleet-csrf': 'x'.repeat(32) };
    tries.push([`${api}/runs`, { method: 'POST', body, headers: csrf }]);
    tries.push([
      `${api}/org`,
      { method: 'POST', body: '{"requireRunnerCredentials":false}', mode: 'no-cors' },
    ]);
    tries.push([
      `${api}/api-keys`,
      { method: 'POST', body: '{"name":"pwned","scopes":["admin"]}', mode: 'no-cors' },
    ]);
    tries.push([`${api}/session`, { method: 'DELETE' }]);
    const read: string[] = [];
    for (const [url, options] of tries) {
      try {
        const answer = await fetch(url, { credentials: 'include', ...options });
        read.push(`${answer.type} ${answer.status}`);
      } catch {
        read.push('failed');
      }
    }
    navigator.sendBeacon(`${api}/runs`, body);
    return read;
  }, target);
  expect(statuses.filter((told) => !['failed', 'opaque 0'].includes(told))).toEqual([]);
  // Not 401: the cookie was sent, or all of this would prove nothing.
  expect(new Set(answers)).toEqual(new Set(['POST 403']));
  // A form, whose answer it would be taken to.
  await page.setContent(
    `<form method="post" enctype="text/plain" action="${target}/api/v1/runs">
      <input name='{"prompt":"pwned","cwd":"/code","label' value='":"x"}'></form>`,
  );
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.evaluate(() => document.querySelector('form')?.submit()),
  ]);
  expect(answer.status()).toBeGreaterThanOrEqual(400);
  const runs = await fleet.get<{ data: { prompt: string }[] }>('/runs?limit=200');
  expect(runs.data.filter(({ prompt }) => prompt.includes('pwned'))).toEqual([]);
  const keys = await fleet.get<{ data: { name: string }[] }>('/api-keys');
  expect(keys.data.some(({ name }) => name === 'pwned')).toBe(false);
  // Still signed in.
  await dashboard.page.reload();
  await dashboard.heading('Sessions').waitFor();
});

test('nobody is signed in as somebody else', async ({ fleet, open }) => {
  const target = fleet.url;
  const other = await keyWith(fleet, ['runs:read'], 'of the attacker');
  const dashboard = await signedIn(open, fleet.key);
  const before = await dashboard.page.context().cookies(target);
  const page = await hostilePage(dashboard);
  await page.evaluate(
    async ([target, apiKey]) => {
      for (const type of ['text/plain', 'application/json']) {
        const options = {
          method: 'POST',
          headers: { 'content-type': type },
          body: JSON.stringify({ apiKey }),
        };
        for (const mode of ['no-cors', 'cors'] as const) {
          await fetch(`${target}/api/v1/session`, { ...options, mode, credentials: 'include' }).catch(
            () => 0,
          );
        }
      }
    },
    [target, other] as const,
  );
  expect(await dashboard.page.context().cookies(target)).toEqual(before);
});

test('nothing of a session or of the token is read', async ({ fleet, open }) => {
  const target = fleet.url;
  const { id, held } = await scriptedSession(fleet, { prompt: 'a secret prompt', cwd: '/code/secret' });
  await held.say({ kind: 'assistant', message: 'a secret answer', data: null });
  const dashboard = await signedIn(open, fleet.key);
  const page = await hostilePage(dashboard);
  const read = await page.evaluate(
    async ([target, id]) => {
      const api = `${target}/api/v1`;
      const told: string[] = [];
      for (const path of ['/session', '/runs', `/runs/${id}`, '/me', '/openapi.json']) {
        for (const mode of ['cors', 'no-cors'] as const) {
          const answer = await fetch(api + path, { credentials: 'include', mode }).catch(() => undefined);
          told.push((await answer?.text().catch(() => '')) ?? '');
        }
        // As a script: what it leaves, and what an error says of it.
        await new Promise<void>((resolve) => {
          addEventListener('error', ({ message }) => told.push(message), { once: true });
          const script = document.createElement('script');
          script.onload = script.onerror = () => resolve();
          script.src = api + path;
          document.head.append(script);
        });
      }
      await new Promise<void>((resolve) => {
        const stream = new EventSource(`${api}/runs/${id}/events`, { withCredentials: true });
        for (const name of ['message', 'event', 'end']) {
          stream.addEventListener(name, ({ data }: MessageEvent) => told.push(String(data)));
        }
        stream.onerror = () => {
          stream.close();
          resolve();
        };
      });
      return told.filter((text) => text !== '' && !/^Script error/.test(text));
    },
    [target, id] as const,
  );
  expect(read).toEqual([]);
});

test('a page has no hold of our window: neither as a frame nor as one it opened', async ({ fleet, open }) => {
  const target = fleet.url;
  const dashboard = await signedIn(open, fleet.key);
  const page = await hostilePage(dashboard);
  await page.setContent(`<iframe src="${target}/"></iframe>`);
  const frame = page.frames().find((one) => one !== page.mainFrame());
  await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    page.evaluate((target) => {
      (window as { mine?: Window | null }).mine = window.open(`${target}/`, 'mine');
    }, target),
  ]);
  await opened.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  expect(await page.evaluate(() => (window as { mine?: Window | null }).mine?.closed)).toBe(true);
  expect(await opened.evaluate(() => window.opener)).toBeNull();
  await opened.close();
});
