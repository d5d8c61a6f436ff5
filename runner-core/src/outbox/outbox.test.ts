import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestControlApi } from '../testing/control-api.js';
import { adoptOutboxes } from './adopt.js';
import { fileStem, Outbox } from './outbox.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = new TestControlApi().launch();
const file = () => join(directory, `${fileStem(run.id, 1)}.log`);
const line = (message: string) => ({ kind: 'assistant' as const, message, data: null });
const ended = { status: 'SUCCEEDED', failure: null } as const;
const all = (outbox: Outbox) => outbox.eventsAfter(outbox.run.lastSeq, 1_000_000, Number.POSITIVE_INFINITY);
const messages = (outbox: Outbox) => all(outbox).map((event) => event.message);

/** An outbox that was closed by the death of its process. */
async function written(count: number, more: (outbox: Outbox) => unknown = () => undefined): Promise<void> {
  const outbox = Outbox.create(directory, run);
  await outbox.markStarted();
  for (let number = 1; number <= count; number += 1) outbox.append(line(`event ${number}`));
  await more(outbox);
}

function adopted(): Outbox {
  const { outboxes, troubles } = adoptOutboxes(directory);
  expect(troubles).toEqual([]);
  const [outbox] = outboxes;
  if (!outbox) throw new Error('nothing was adopted');
  return outbox;
}

test('what was stored is there after a restart, numbered on from what the server had', async () => {
  const before = Outbox.create(directory, { ...run, lastSeq: 7 });
  await before.markStarted();
  before.noteSession('session-1');
  const first = before.append({ ...line('Hör zu 👋'), data: { deep: ['x'] } });
  expect(first).toMatchObject({ seq: 8, message: 'Hör zu 👋', data: { deep: ['x'] } });
  before.append(line('second'));
  before.acknowledge(8);
  await before.end(ended);

  const after = adopted();
  expect(all(after)).toEqual(all(before));
  expect(after).toMatchObject({
    run: { id: run.id, token: run.token, attempt: 1, lastSeq: 7 },
    started: true,
    agentSessionId: 'session-1',
    lastSeq: 9,
    acknowledged: 8,
    finish: before.finish,
  });
});

test('a torn tail is cut at every byte of the last record, and the log goes on where it was whole', async () => {
  await written(3);
  const whole = readFileSync(file());
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (let end = lastLine; end < whole.length; end += 1) {
    writeFileSync(file(), whole.subarray(0, end));
    const outbox = adopted();
    expect(messages(outbox)).toEqual(['event 1', 'event 2']);
    expect(outbox.append(line('next')).seq).toBe(3);
    expect(messages(outbox)).toEqual(['event 1', 'event 2', 'next']);
  }
});

test('a flipped byte ends the log before it, keeps the file for a person, and is told', async () => {
  await written(3, (outbox) => outbox.end(ended));
  const whole = readFileSync(file());
  const changed = Buffer.from(whole);
  const at = changed.indexOf('event 2') + 6;
  changed[at] = (changed[at] ?? 0) ^ 1;
  writeFileSync(file(), changed);
  const { outboxes, troubles } = adoptOutboxes(directory);
  const [outbox] = outboxes;
  if (!outbox) throw new Error('nothing was adopted');
  expect(messages(outbox)).toEqual(['event 1']);
  expect(outbox).toMatchObject({ damaged: true, finish: undefined, lastSeq: 1 });
  expect(troubles).toEqual([expect.stringContaining(`${file()}.damaged`)]);
  expect(readFileSync(`${file()}.damaged`)).toEqual(changed);
});

test('a file whose first record is damaged is kept under another name; one that was never begun is removed', async () => {
  await written(1);
  const damaged = readFileSync(file());
  damaged[3] = 0;
  writeFileSync(file(), damaged);
  writeFileSync(join(directory, 'clrother-1.log'), 'dead');
  const { outboxes, troubles } = adoptOutboxes(directory);
  expect(outboxes).toEqual([]);
  expect(troubles).toHaveLength(1);
  expect(readdirSync(directory)).toEqual([`${fileStem(run.id, 1)}.log.damaged`]);
});

test('a log that an older runner named after its run is adopted after an update', async () => {
  await written(2);
  renameSync(file(), join(directory, `${run.id}-1.log`));
  const { outboxes, troubles } = adoptOutboxes(directory);
  expect(troubles).toEqual([]);
  expect(outboxes.map((outbox) => [outbox.run.id, messages(outbox)])).toEqual([
    [run.id, ['event 1', 'event 2']],
  ]);
});

test('a directory that is not there holds nothing', () => {
  expect(adoptOutboxes(join(directory, 'none'))).toEqual({ outboxes: [], elsewhere: [], troubles: [] });
});

test('events are read in pieces by count and by bytes, at least one at a time, forwards and back', () => {
  const outbox = Outbox.create(directory, run);
  for (let number = 1; number <= 50; number += 1) {
    outbox.append(line(number === 20 ? 'x'.repeat(600_000) : `event ${number}`));
  }
  const seqs = (after: number, most: number, bytes: number) =>
    outbox.eventsAfter(after, most, bytes).map((event) => event.seq);
  expect(seqs(0, 3, 1_000_000)).toEqual([1, 2, 3]);
  expect(seqs(3, 2, 1_000_000)).toEqual([4, 5]);
  expect(seqs(18, 10, 10_000)).toEqual([19]);
  expect(seqs(19, 10, 10_000)).toEqual([20]);
  expect(seqs(48, 10, 10_000)).toEqual([49, 50]);
  expect(seqs(0, 1, 1)).toEqual([1]);
  expect(seqs(50, 10, 10_000)).toEqual([]);
});

test('a replaced event is sent as its replacement, also after a restart, and the checksum follows', async () => {
  const outbox = Outbox.create(directory, run);
  outbox.append(line('one'));
  outbox.append(line('two'));
  await outbox.end(ended);
  const before = outbox.finish?.logChecksum;
  outbox.replace(2, 'it could not be delivered');
  expect(messages(outbox)).toEqual(['one', 'it could not be delivered']);
  expect(outbox.finish?.logChecksum).not.toBe(before);
  const after = adopted();
  expect(messages(after)).toEqual(['one', 'it could not be delivered']);
  expect(after.finish).toEqual(outbox.finish);
  expect(after.isReplaced(2)).toBe(true);
});

test('before the file is removed it says that everything has arrived; one that comes back is not sent again', async () => {
  const outbox = Outbox.create(directory, run);
  outbox.append(line('one'));
  await outbox.end(ended);
  const kept = join(directory, 'kept');
  linkSync(file(), kept);
  await outbox.forget();
  expect(existsSync(file())).toBe(false);
  // As a power cut may bring a removed file back.
  linkSync(kept, file());
  rmSync(kept);
  expect(adoptOutboxes(directory)).toEqual({ outboxes: [], elsewhere: [], troubles: [] });
  expect(readdirSync(directory)).toEqual([]);
});

test('what is stored after the log was forgotten goes nowhere', async () => {
  const outbox = Outbox.create(directory, run);
  const forgetting = outbox.forget();
  outbox.append(line('just in time'));
  await forgetting;
  // Files are numbered: the next one gets the number that was let go.
  const next = Outbox.create(directory, { ...run, attempt: 2 });
  expect(() => outbox.append(line('too late'))).toThrow('nobody wants the log');
  await outbox.end(ended);
  expect(next.append(line('first')).seq).toBe(1);
  expect(messages(next)).toEqual(['first']);
});

test('a log may only become so large; its end still fits', async () => {
  const outbox = Outbox.create(directory, run, { mostBytes: 10_000 });
  const fill = () => {
    for (let number = 0; number < 1_000; number += 1) outbox.append(line('x'.repeat(100)));
  };
  expect(fill).toThrow('the most a runner keeps of one session');
  expect(statSync(file()).size).toBeLessThan(11_000);
  const { lastSeq } = outbox;
  await outbox.end(ended);
  expect(adopted().finish).toMatchObject({ status: 'SUCCEEDED', lastSeq });
});

test('only its user can read the file', async () => {
  await written(1);
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o077).toBe(0);
});

describe('a process that writes until it is killed', () => {
  test('every event whose storing it saw is there, in order, without a gap', async () => {
    const program = join(directory, 'writer.mjs');
    const outbox = join(import.meta.dirname, 'outbox.ts');
    await build({
      stdin: {
        contents: `
          import { Outbox } from ${JSON.stringify(outbox)};
          const outbox = Outbox.create(process.argv[2], JSON.parse(process.argv[3]));
          await outbox.markStarted();
          for (;;) {
            const { seq } = outbox.append({ kind: 'assistant', message: 'x'.repeat(Math.random() * 5000), data: null });
            require('node:fs').writeSync(1, seq + '\\n');
          }`,
        resolveDir: import.meta.dirname,
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['source'],
      banner: {
        js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);",
      },
    });
    for (const ms of [20, 60, 100]) {
      const child = spawn(process.execPath, [program, directory, JSON.stringify(run)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let seen = '';
      child.stdout.on('data', (chunk) => {
        seen += chunk;
      });
      const closed = once(child, 'close');
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), ms);
      await closed;
      const acknowledged = Number(seen.trimEnd().split('\n').at(-1));
      const outbox = adopted();
      expect(outbox.started).toBe(true);
      const seqs = all(outbox).map((event) => event.seq);
      expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
      expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
      await outbox.forget();
    }
  });
});
