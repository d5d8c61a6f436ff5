import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ControlPlane } from '../control-plane/client.js';
import { execute } from '../executor/execute.js';
import { TestControlApi } from '../testing/control-api.js';
import { ScriptedAgent } from '../testing/scripted-agent.js';
import { adoptOutboxes } from './adopt.js';
import { Delivery } from './delivery.js';
import { fileStem, Outbox } from './outbox.js';

// Test files share the modules that were loaded: this one has them loaded again, onto a disk of its own.
vi.hoisted(() => vi.resetModules());

/** Bytes that the disk still takes. */
const disk = vi.hoisted(() => ({ free: Number.POSITIVE_INFINITY }));

// A full disk as the system shows it: part of a write is taken, the next byte is refused.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (file: number, buffer: Buffer, offset = 0, length = buffer.length, position?: number) => {
    const count = Math.min(length, disk.free);
    if (count === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    disk.free -= count;
    return fs.writeSync(file, buffer, offset, count, position);
  };
  return { ...fs, writeSync };
});

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-full-'));
  disk.free = Number.POSITIVE_INFINITY;
});
afterEach(() => {
  disk.free = Number.POSITIVE_INFINITY;
  rmSync(directory, { recursive: true, force: true });
});

const line = (message: string) => ({ kind: 'assistant' as const, message, data: null });

test('half a record is taken back, so that what is written later can be read', () => {
  const outbox = Outbox.create(directory, new TestControlApi().launch());
  outbox.append(line('before'));
  disk.free = 40;
  expect(() => outbox.append(line('lost'))).toThrow('ENOSPC');
  disk.free = Number.POSITIVE_INFINITY;
  expect(outbox.append(line('after')).seq).toBe(2);
  const [adopted] = adoptOutboxes(directory).outboxes;
  expect(adopted?.damaged).toBe(false);
  expect(adopted?.eventsAfter(0, 9, 9_000).map((event) => event.message)).toEqual(['before', 'after']);
});

test('an end that the disk does not take is still there to be delivered', async () => {
  const outbox = Outbox.create(directory, new TestControlApi().launch());
  disk.free = 0;
  await outbox.end({ status: 'FAILED', failure: { code: 'outbox_failed', message: 'full' } });
  outbox.acknowledge(0);
  expect(outbox.finish).toMatchObject({ status: 'FAILED', lastSeq: 0 });
});

test('an outbox that cannot even begin throws and leaves nothing', () => {
  disk.free = 10;
  expect(() => Outbox.create(directory, new TestControlApi().launch())).toThrow('ENOSPC');
  expect(adoptOutboxes(directory)).toEqual({ outboxes: [], elsewhere: [], troubles: [] });
});

test('a session whose events the disk refuses is stopped, and the server is told why', async () => {
  const api = await new TestControlApi().listen();
  try {
    const run = api.launch();
    const agent = new ScriptedAgent();
    const outbox = Outbox.create(directory, run);
    const server = new ControlPlane({ url: api.url, apiKey: 'key', version: '1' });
    const delivery = new Delivery(server, outbox, new AbortController().signal);
    agent.script = (session) => {
      session.say('the disk has room');
      disk.free = 50;
      session.say('the disk is full');
      // Room again: a log with a hole would not be the session's, so nothing more is written to it.
      disk.free = Number.POSITIVE_INFINITY;
      session.say('too late');
    };
    const execution = execute({
      run,
      agent,
      allowlist: { check: async () => ({ ok: true, realPath: directory }) },
      permissionModes: ['default'],
      limits: { timeoutSec: 60, stallSec: 60, approvalSec: 60 },
      outbox,
      begin: async () => 'begun',
      approve: async () => ({ state: 'unasked', decision: null }),
      onEvent: () => delivery.push(),
      onPartial: () => undefined,
    });
    expect(await execution.done).toBe('ended');
    delivery.finish();
    expect(await delivery.done).toBe('delivered');
    const { events, finish } = api.stored(run.id);
    expect(events.map((event) => event.message)).toEqual(['the disk has room']);
    expect(finish).toMatchObject({ status: 'FAILED', failure: { code: 'outbox_failed' } });
    expect(finish?.failure?.message).toContain('ENOSPC');
    expect(agent.sessions[0]?.asked).toEqual(['stop']);
    expect(() => readFileSync(join(directory, `${fileStem(run.id, 1)}.log`))).toThrow('ENOENT');
  } finally {
    await api.close();
  }
});
