import { expect, test } from 'vitest';
import { aboutBox, isCopying } from './about-box.js';

const input = {
  app: '0.1.0',
  system: 'Linux 6.1.0 x64',
  versions: { electron: '45.4.1', chrome: '150.0.1', node: undefined },
  server: 'https://fleet.example',
};

test('the box says which versions run, on what, and with which server', () => {
  expect(aboutBox(input)).toMatchObject({
    message: 'AgentFleet 0.1.0',
    detail: 'Electron 45.4.1, Chrome 150.0.1\nLinux 6.1.0 x64\nConnected to https://fleet.example',
  });
  expect(aboutBox({ ...input, server: '' }).detail).not.toContain('Connected');
});

test('Escape and Enter close it; only the button that says so copies', () => {
  const { buttons, cancelId, defaultId } = aboutBox(input);
  expect([cancelId, defaultId].some(isCopying)).toBe(false);
  expect(buttons.filter((_label, button) => isCopying(button))).toEqual(['Copy diagnostics']);
});
