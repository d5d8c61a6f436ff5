import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { expect, test } from 'vitest';
import { showInDock } from './dock.js';

const aWindow = () => new EventEmitter() as unknown as BrowserWindow;

test('the Dock shows the app from the first look at a window to its end, each time', () => {
  const said: string[] = [];
  const dock = { show: async () => void said.push('show'), hide: () => void said.push('hide') };
  for (const window of [aWindow(), aWindow()]) {
    showInDock(window, dock);
    window.emit('closed');
  }
  expect(said).toEqual(['show', 'hide', 'show', 'hide']);
});

test('where there is no Dock nothing is asked of it', () => {
  expect(() => showInDock(aWindow(), undefined)).not.toThrow();
});
