import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { Openings } from './openings.js';

const event = () => ({ preventDefault: vi.fn() });
const link = 'agentfleet://runs/clrabcdefgh12345';

test('a link that macOS hands over before the app is ready is not lost', () => {
  const app = new EventEmitter();
  const openings = new Openings(app, ['/Applications/AgentFleet.app']);
  const early = event();
  app.emit('open-url', early, link);
  expect(early.preventDefault).toHaveBeenCalled();
  const follow = vi.fn();
  expect(openings.start(follow)).toBe(true);
  app.emit('open-url', event(), 'agentfleet://connect?url=x');
  expect(follow.mock.calls).toEqual([[link], ['agentfleet://connect?url=x']]);
});

test('the link among the words it was started with comes first, a second start after it', () => {
  const app = new EventEmitter();
  const openings = new Openings(app, ['agentfleet', link]);
  app.emit('second-instance', event(), ['agentfleet', '--hidden']);
  const follow = vi.fn();
  openings.start(follow);
  expect(follow.mock.calls).toEqual([[link], [undefined]]);
});

test('a plain start has nothing to follow', () => {
  expect(new Openings(new EventEmitter(), ['agentfleet', '--hidden']).start(vi.fn())).toBe(false);
});
