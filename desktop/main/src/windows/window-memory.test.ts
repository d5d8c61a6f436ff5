import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WindowMemory } from './window-memory.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-window-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bounds = { x: 10, y: 20, width: 900, height: 700 };
const fresh = { bounds: null, maximized: false, zoom: 0, toldOfClosing: false };

test('what a window remembers is there the next time', () => {
  const path = join(folder, 'new', 'window.json');
  new WindowMemory(path).keep({ bounds, zoom: 1.5 });
  expect(new WindowMemory(path).remembered).toEqual({ ...fresh, bounds, zoom: 1.5 });
});

test.each(['', '{', 'null', '[1]', '7'])('a file with %j in it is as none', (text) => {
  const path = join(folder, 'window.json');
  writeFileSync(path, text);
  expect(new WindowMemory(path).remembered).toEqual(fresh);
});

test('of a file that somebody edited the parts that can be meant are taken', () => {
  const path = join(folder, 'window.json');
  writeFileSync(path, JSON.stringify({ bounds: { x: 'left' }, zoom: 1e9, maximized: true }));
  expect(new WindowMemory(path).remembered).toEqual({ ...fresh, maximized: true });
});

test('a disk that refuses does not stop anything', () => {
  const inTheWay = join(folder, 'file');
  writeFileSync(inTheWay, '');
  const memory = new WindowMemory(join(inTheWay, 'window.json'));
  expect(() => memory.keep({ bounds })).not.toThrow();
  expect(memory.remembered.bounds).toEqual(bounds);
});

test('what another version has written stays beside what this one keeps', () => {
  const path = join(folder, 'window.json');
  writeFileSync(path, JSON.stringify({ zoom: 'fit', panes: [1, 2], maximized: true }));
  new WindowMemory(path).keep({ bounds });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    zoom: 'fit',
    panes: [1, 2],
    maximized: true,
    bounds,
  });
});

test('a file that cannot be read is left alone', () => {
  const path = join(folder, 'window.json');
  mkdirSync(path);
  const memory = new WindowMemory(path);
  memory.keep({ bounds });
  expect(memory.remembered).toEqual({ ...fresh, bounds });
  expect(readdirSync(folder)).toEqual(['window.json']);
});
