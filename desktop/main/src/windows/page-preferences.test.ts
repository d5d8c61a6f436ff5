import type { Session } from 'electron';
import { expect, test } from 'vitest';
import { pagePreferences } from './page-preferences.js';

const preferences = pagePreferences({} as Session, '/app/dist/preload.cjs');

test.each([
  ['2', 'nodeIntegration', false],
  ['2', 'nodeIntegrationInWorker', false],
  ['2', 'nodeIntegrationInSubFrames', false],
  ['3', 'contextIsolation', true],
  ['4', 'sandbox', true],
  ['6', 'webSecurity', true],
  ['8', 'allowRunningInsecureContent', false],
  ['9', 'experimentalFeatures', false],
  ['11 and 12', 'webviewTag', false],
  ['13', 'navigateOnDragDrop', false],
] as const)('item %s of the checklist: %s is %s, and said', (_item, name, wanted) => {
  expect(preferences[name]).toBe(wanted);
});

test('item 10 of the checklist: no feature of Blink is switched on, nor any argument handed to the page', () => {
  expect(preferences).not.toHaveProperty('enableBlinkFeatures');
  expect(preferences).not.toHaveProperty('additionalArguments');
});
