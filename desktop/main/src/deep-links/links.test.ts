import { beforeEach, expect, test, vi } from 'vitest';
import { Links } from './links.js';

const open = vi.fn();
const suggest = vi.fn();
const ask = vi.fn<(server: string) => Promise<boolean>>();
const log = vi.fn();
const links = new Links({ server: () => 'https://fleet.example', open, suggest, ask, log });
beforeEach(() => {
  vi.resetAllMocks();
});

test('a link to a session shows it, without a question', async () => {
  await links.follow('agentfleet://runs/clrabcdefgh12345');
  expect(open.mock.calls).toEqual([['/sessions/clrabcdefgh12345']]);
  expect(ask).not.toHaveBeenCalled();
});

test('a link to connect asks first, and then only prefills', async () => {
  ask.mockResolvedValue(true);
  await links.follow('agentfleet://connect?url=https://other.example');
  expect(suggest.mock.calls).toEqual([['https://other.example']]);
  expect(open.mock.calls).toEqual([['/computer']]);
});

test('who says no sees nothing and has changed nothing', async () => {
  ask.mockResolvedValue(false);
  await links.follow('agentfleet://connect?url=https://other.example');
  expect([suggest, open].map((each) => each.mock.calls.length)).toEqual([0, 0]);
});

test('a page that fires off links gets one question', async () => {
  let answer: (yes: boolean) => void = () => undefined;
  ask.mockReturnValueOnce(
    new Promise((resolve) => {
      answer = resolve;
    }),
  );
  const first = links.follow('agentfleet://connect?url=https://a.example');
  for (let link = 0; link < 20; link += 1) await links.follow('agentfleet://connect?url=https://b.example');
  expect(ask).toHaveBeenCalledTimes(1);
  answer(true);
  await first;
  expect(suggest.mock.calls).toEqual([['https://a.example']]);
  ask.mockResolvedValue(false);
  await links.follow('agentfleet://connect?url=https://b.example');
  expect(ask).toHaveBeenCalledTimes(2);
});

test('the server it already belongs to is no question', async () => {
  await links.follow('agentfleet://connect?url=https://fleet.example/');
  expect(ask).not.toHaveBeenCalled();
  expect(open.mock.calls).toEqual([['/computer']]);
});

test('anything else only brings the window to the front, and never into the log', async () => {
  await links.follow('agentfleet://launch?prompt=secret');
  expect(open.mock.calls).toEqual([[]]);
  expect(log.mock.calls.join()).not.toContain('secret');
});
