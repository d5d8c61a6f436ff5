import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeWhole } from './whole-file.js';

test('what cannot be written leaves what was there, and nothing of its own beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-whole-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeWhole(join(folder, 'file'), 'one');
  writeWhole(join(folder, 'file'), 'two');
  mkdirSync(join(folder, 'taken', 'precious'), { recursive: true });
  expect(() => writeWhole(join(folder, 'taken'), 'x')).toThrow();
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('two');
  expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
});
