import { expect, test } from 'vitest';
import { QuickLaunch } from './quick-launch.js';

/** A system that gives keys once, and keeps some to itself. */
class Keys {
  readonly given = new Map<string, () => void>();

  register(keys: string, act: () => void): boolean {
    if (keys === 'Alt+F4') return false;
    if (keys === 'nonsense') throw new TypeError('conversion failure');
    this.given.set(keys, act);
    return true;
  }

  unregister(keys: string): void {
    this.given.delete(keys);
  }
}

test('the keys act, other keys take their place, and none can be set', () => {
  const system = new Keys();
  let acted = 0;
  const quickLaunch = new QuickLaunch(system, () => {
    acted += 1;
  });
  quickLaunch.set('Control+Alt+N');
  system.given.get('Control+Alt+N')?.();
  expect(acted).toBe(1);
  quickLaunch.set('Control+Alt+M');
  expect([...system.given.keys()]).toEqual(['Control+Alt+M']);
  quickLaunch.set('');
  expect(system.given.size).toBe(0);
});

test.each(['Alt+F4', 'nonsense'])(
  'keys that the system does not give (%s) are said, and those from before go on',
  (keys) => {
    const system = new Keys();
    const quickLaunch = new QuickLaunch(system, () => undefined);
    quickLaunch.set('Control+Alt+N');
    expect(() => quickLaunch.set(keys)).toThrow(/Another program has these keys/);
    expect([...system.given.keys()]).toEqual(['Control+Alt+N']);
    const said: string[] = [];
    quickLaunch.refresh(keys, (text) => said.push(text));
    expect(said).toHaveLength(1);
  },
);
