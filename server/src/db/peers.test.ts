import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Greeting, Peers } from './peers.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Server {
  peers: Peers;
  looks: number;
  /** While it stands still it hears nothing; afterwards it hears all of it. */
  stands: boolean;
  missed: (Greeting | undefined)[];
}

/** Servers that hear each other, like connections to one database. */
function servers() {
  const all: Server[] = [];
  const tell = (sender: Server, greeting: Greeting | undefined) => {
    for (const other of all) {
      if (other === sender) continue;
      if (other.stands) other.missed.push(greeting);
      else other.peers.heard(greeting);
    }
  };
  return {
    tell,
    start() {
      const server: Server = {
        peers: new Peers({
          greet: (greeting) => queueMicrotask(() => server.stands || tell(server, greeting)),
          look: () => {
            server.looks += 1;
          },
        }),
        looks: 0,
        stands: false,
        missed: [],
      };
      all.push(server);
      server.peers.connected();
      return server;
    },
    goOn(server: Server) {
      server.stands = false;
      for (const greeting of server.missed.splice(0)) server.peers.heard(greeting);
    },
  };
}

test('a server that is alone speaks at first, then no more', async () => {
  const { peers } = servers().start();
  expect(peers.othersListen).toBe(true);
  expect(peers.count).toBe(0);
  await vi.advanceTimersByTimeAsync(600);
  expect(peers.othersListen).toBe(false);
});

test('when another comes, both speak, and the new one looks at what it was not told', async () => {
  const { start } = servers();
  const first = start();
  await vi.advanceTimersByTimeAsync(60_000);
  const second = start();
  await vi.advanceTimersByTimeAsync(1);
  expect(first).toMatchObject({ looks: 0, peers: { othersListen: true, count: 1 } });
  expect(second).toMatchObject({ looks: 1, peers: { othersListen: true, count: 1 } });
});

test('one that goes is believed to be there for a while, then the other is alone again', async () => {
  const { start } = servers();
  const [one, other] = [start(), start()];
  await vi.advanceTimersByTimeAsync(40_000);
  other.stands = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(one.peers.count).toBe(1);
  await vi.advanceTimersByTimeAsync(80_000);
  expect(one.peers).toMatchObject({ count: 0, othersListen: false });
});

test('one that comes among servers that speak has missed nothing', async () => {
  const { start } = servers();
  const [one, other] = [start(), start()];
  await vi.advanceTimersByTimeAsync(50_000);
  const third = start();
  await vi.advanceTimersByTimeAsync(15_000);
  expect([one, other, third]).toMatchObject([
    { looks: 0 },
    { looks: 0 },
    { looks: 0, peers: { othersListen: true } },
  ]);
});

test('two who say nothing else go on speaking, and do not look again', async () => {
  const { start } = servers();
  const both = [start(), start()];
  await vi.advanceTimersByTimeAsync(1);
  const before = both.map(({ looks }) => looks);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(both.map(({ peers }) => peers.othersListen)).toEqual([true, true]);
  expect(both.map(({ looks }) => looks)).toEqual(before);
});

test('a server whose other one is gone is silent again', async () => {
  const { start } = servers();
  const [left, gone] = [start(), start()];
  await vi.advanceTimersByTimeAsync(1);
  gone.peers.close();
  await vi.advanceTimersByTimeAsync(101_000);
  expect(left.peers.othersListen).toBe(false);
});

test('one that stood still for long is greeted like a new one', async () => {
  const { start, goOn } = servers();
  const [awake, still] = [start(), start()];
  await vi.advanceTimersByTimeAsync(1);
  still.stands = true;
  await vi.advanceTimersByTimeAsync(200_000);
  expect(awake.peers.othersListen).toBe(false);
  goOn(still);
  const before = [awake.looks, still.looks];
  await vi.advanceTimersByTimeAsync(31_000);
  expect(awake.peers.othersListen).toBe(true);
  expect(still.peers.othersListen).toBe(true);
  expect(awake.looks).toBeGreaterThan(before[0] ?? 0);
  expect(still.looks).toBeGreaterThan(before[1] ?? 0);
});

test('one that was heard before its greeting is greeted', async () => {
  const { start, tell } = servers();
  const first = start();
  await vi.advanceTimersByTimeAsync(60_000);
  const second = start();
  second.stands = true;
  // Its greeting was lost; a wake-up of its comes through.
  await vi.advanceTimersByTimeAsync(1);
  second.stands = false;
  tell(second, undefined);
  await vi.advanceTimersByTimeAsync(1);
  expect(first.peers.othersListen).toBe(true);
  expect(second.looks).toBe(1);
});
