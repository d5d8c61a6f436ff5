import { Accelerator } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import { acceleratorOf, keysInWords, type Pressed } from './accelerator.js';

const press = (code: string, held: Partial<Pressed> = {}): Pressed => ({
  ...{ key: '', code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false },
  ...held,
});

test('pressed keys become what Electron calls them, whatever the layout prints on them', () => {
  expect(acceleratorOf(press('KeyN', { ctrlKey: true, altKey: true, key: 'ñ' }), false)).toBe(
    'Control+Alt+N',
  );
  expect(acceleratorOf(press('Space', { metaKey: true, shiftKey: true }), true)).toBe('Shift+Command+Space');
  expect(acceleratorOf(press('Space', { metaKey: true }), false)).toBe('Super+Space');
});

test('keys that are typed are left to other programs', () => {
  for (const held of [{}, { shiftKey: true }])
    expect(acceleratorOf(press('KeyA', held), false)).toBeUndefined();
  expect(acceleratorOf(press('ControlLeft', { ctrlKey: true }), false)).toBeUndefined();
});

test('whatever can be pressed can be kept', () => {
  for (const code of [
    'KeyA',
    'Digit7',
    'F5',
    'F12',
    'Enter',
    'ArrowUp',
    'Comma',
    'Backslash',
    'Backquote',
    'Minus',
    'Quote',
  ]) {
    const keys = acceleratorOf(press(code, { ctrlKey: true, shiftKey: true }), false);
    expect(Accelerator.safeParse(keys).success, code).toBe(true);
  }
  for (const keys of ['A', 'Shift', 'Control+', 'Control+Evil', '']) {
    expect(Accelerator.safeParse(keys).success, keys).toBe(false);
  }
});

test('they are written as they stand on the keys', () => {
  expect(keysInWords('Control+Alt+N', false)).toBe('Ctrl + Alt + N');
  expect(keysInWords('Alt+Command+N', true)).toBe('⌥⌘N');
});
