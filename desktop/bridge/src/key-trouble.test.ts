import { expect, test } from 'vitest';
import { defaultSettings } from './app-settings.js';
import type { KeyState, StoreState } from './app-state.js';
import { keyTrouble } from './key-trouble.js';

const settings = { ...defaultSettings('mill'), server: 'https://fleet.example', directories: ['/code'] };
const key = (store: StoreState, keychainProblem: string | null = 'It says why.'): KeyState => ({
  ...{ source: 'none', hint: null, keychainProblem, store },
});

test('each state of a keychain has words of its own', () => {
  const said = (['opening', 'locked', 'absent', 'refused', 'empty'] as const).map((store) =>
    keyTrouble({ settings, key: key(store, store === 'empty' ? null : 'It says why.') }),
  );
  expect(new Set(said.map((trouble) => trouble?.short)).size).toBe(5);
  expect(said.map((trouble) => trouble?.sentence)).toEqual([
    'It says why.',
    expect.stringMatching(/locked\. Unlock it/),
    expect.stringContaining('It says why. Sign in'),
    expect.stringContaining('It says why. Look again'),
    expect.stringContaining('no key for https://fleet.example'),
  ]);
});

test('a computer that was never set up is in no trouble, nor is one that has its key', () => {
  expect(keyTrouble({ settings: { ...settings, server: '' }, key: key('empty') })).toBeUndefined();
  expect(keyTrouble({ settings: { ...settings, directories: [] }, key: key('locked') })).toBeUndefined();
  expect(keyTrouble({ settings, key: { ...key('locked'), source: 'session' } })).toBeUndefined();
});
