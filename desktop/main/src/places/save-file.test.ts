import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { saveFile } from './save-file.js';

// Test files share the modules that were loaded: this one has them loaded again, onto a disk of its own.
vi.hoisted(() => vi.resetModules());

const disk = vi.hoisted(() => ({ isFull: false }));
// As the system shows it: part of a write is taken, the rest is refused.
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const open: typeof fs.open = async (...asked) => {
    const file = await fs.open(...asked);
    const { writeFile } = file;
    file.writeFile = async (data) => {
      if (!disk.isFull) return writeFile.call(file, data);
      await writeFile.call(file, String(data).slice(0, 4));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    return file;
  };
  return { ...fs, open };
});

let folder: string;
beforeEach(() => {
  disk.isFull = false;
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-save-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

test('a file is saved whole, over one that was there, and where a link leads', async () => {
  const file = join(folder, 'log.jsonl');
  await saveFile(file, 'one');
  await saveFile(file, 'two');
  expect(readFileSync(file, 'utf8')).toBe('two');
  const link = join(folder, 'link');
  symlinkSync(file, link);
  await saveFile(link, 'three');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('three');
  expect(readdirSync(folder).sort()).toEqual(['link', 'log.jsonl']);
});

test('what cannot be saved is said in a sentence, and nothing is lost or left for it', async () => {
  const taken = join(folder, 'taken');
  mkdirSync(join(taken, 'precious'), { recursive: true });
  await expect(saveFile(taken, 'x')).rejects.toThrow(/cannot be written to: .* The file was not saved\.$/);
  await expect(saveFile(join(folder, 'nowhere', 'log'), 'x')).rejects.toThrow('The file was not saved.');
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('on a full disk the file that was there stays, and none by halves beside it', async () => {
  const file = join(folder, 'log');
  writeFileSync(file, 'precious');
  disk.isFull = true;
  await expect(saveFile(file, 'another one')).rejects.toThrow(
    `The disk with ${folder} is full. The file was not saved.`,
  );
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(readdirSync(folder)).toEqual(['log']);
});
