import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RotatingLog } from './rotating-log.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('files stay small, and only so many are kept', () => {
  const path = join(folder, 'logs', 'app.log');
  const log = new RotatingLog(path, { maxBytes: 200, keep: 2 });
  for (let line = 0; line < 50; line += 1) log.write(`line ${line}`);
  const files = readdirSync(join(folder, 'logs')).sort();
  expect(files).toEqual(['app.log', 'app.log.1', 'app.log.2']);
  for (const file of files) expect(statSync(join(folder, 'logs', file)).size).toBeLessThanOrEqual(200);
  expect(log.tail(3).map((line) => line.slice(25))).toEqual(['line 47', 'line 48', 'line 49']);
});

test('a line is on disk when write returns, and a restart goes on in the same file', () => {
  const path = join(folder, 'app.log');
  new RotatingLog(path).write('before the crash');
  new RotatingLog(path).write('after it');
  expect(readFileSync(path, 'utf8')).toMatch(/before the crash\n.*after it\n$/);
});

test('a key never reaches the file', () => {
  const path = join(folder, 'app.log');
  new RotatingLog(path).write('refused af_live_Abcdefgh12345678 (authorization: Bearer xyz)');
  expect(readFileSync(path, 'utf8')).toMatch(/refused af_live_… \(authorization: Bearer …/);
});

test('a disk that refuses stops nothing', () => {
  const log = new RotatingLog('/dev/null/no/app.log');
  expect(() => log.write('lost')).not.toThrow();
  expect(log.tail(5)).toEqual([]);
});

test('a folder that was removed while the app runs comes back with the line after the next', () => {
  const path = join(folder, 'logs', 'app.log');
  const log = new RotatingLog(path);
  log.write('before');
  rmSync(join(folder, 'logs'), { recursive: true });
  log.write('lost');
  log.write('back');
  expect(log.tail(5).map((line) => line.slice(25))).toEqual(['back']);
});
