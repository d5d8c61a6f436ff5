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
  const alone: Partial<Pressed>[] = [{}, { shiftKey: true }, { ctrlKey: true }, { altKey: true }];
  for (const held of alone) expect(acceleratorOf(press('KeyC', held), false)).toBeUndefined();
  // Where it is ⌘: all that is copied anywhere.
  expect(acceleratorOf(press('KeyC', { metaKey: true }), true)).toBeUndefined();
  expect(acceleratorOf(press('KeyC', { metaKey: true, shiftKey: true }), true)).toBe('Shift+Command+C');
  expect(acceleratorOf(press('F5', { shiftKey: true }), false)).toBeUndefined();
  expect(acceleratorOf(press('F5', { ctrlKey: true }), false)).toBe('Control+F5');
  expect(acceleratorOf(press('Space', { altKey: true }), false)).toBe('Alt+Space');
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
  for (const keys of [
    'A',
    'Shift',
    'Control+',
    'Control+Evil',
    '',
    'Shift+A',
    'Control+C',
    'Alt+L',
    'Alt+Alt+L',
  ]) {
    expect(Accelerator.safeParse(keys).success, keys).toBe(false);
  }
});

test('they are written as they stand on the keys', () => {
  expect(keysInWords('Control+Alt+N', false)).toBe('Ctrl + Alt + N');
  expect(keysInWords('Alt+Command+N', true)).toBe('⌥⌘N');
});
