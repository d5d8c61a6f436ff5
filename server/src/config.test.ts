import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.js';

test('LOST_GRACE_SEC is a number of seconds from 0 to a week, and by default the queue’s own', () => {
  expect(readConfig({}).lostGraceMs).toBeUndefined();
  expect(readConfig({ LOST_GRACE_SEC: ' ' }).lostGraceMs).toBeUndefined();
  expect(readConfig({ LOST_GRACE_SEC: '0' }).lostGraceMs).toBe(0);
  expect(readConfig({ LOST_GRACE_SEC: '604800' }).lostGraceMs).toBe(604_800_000);
  for (const wrong of ['-1', '1.5', '15m', '604801', '99999999']) {
    expect(() => readConfig({ LOST_GRACE_SEC: wrong })).toThrow(ConfigError);
    expect(() => readConfig({ LOST_GRACE_SEC: wrong })).toThrow(/LOST_GRACE_SEC/);
  }
});

test.each([
  ['EVENT_RETENTION_DAYS', 'retentionMs'],
  ['TEXT_RETENTION_DAYS', 'textRetentionMs'],
  ['RUN_RETENTION_DAYS', 'runRetentionMs'],
  ['AUDIT_RETENTION_DAYS', 'auditRetentionMs'],
] as const)('%s is a number of days from 1 on, and by default for ever', (name, field) => {
  expect(readConfig({})[field]).toBeUndefined();
  expect(readConfig({ [name]: '90' })[field]).toBe(90 * 24 * 3_600_000);
  for (const wrong of ['0', '-1', '1.5', '90d', '123456']) {
    expect(() => readConfig({ [name]: wrong })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: wrong })).toThrow(name);
  }
});

test('events are kept for no longer than their run', () => {
  const days = (event: string, run: string) =>
    (readConfig({ EVENT_RETENTION_DAYS: event, RUN_RETENTION_DAYS: run }).retentionMs ?? 0) /
    (24 * 3_600_000);
  expect(days('', '30')).toBe(30);
  expect(days('90', '30')).toBe(30);
  expect(days('7', '30')).toBe(7);
});

test.each([
  ['DATABASE_POOL_SIZE', 'poolSize'],
  ['DATABASE_READ_POOL_SIZE', 'readPoolSize'],
] as const)('%s is a number of connections from 1 on', (name, field) => {
  expect(readConfig({})[field]).toBeUndefined();
  expect(readConfig({ [name]: '40' })[field]).toBe(40);
  for (const wrong of ['0', '-1', '1.5', 'many', '1000']) {
    expect(() => readConfig({ [name]: wrong })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: wrong })).toThrow(name);
  }
});

test.each(['DATABASE_URL', 'METRICS_TOKEN'])('%s may lie in a file, which only its user can read', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const file = join(folder, 'secret');
  const secret = 'postgresql://user:password@host/db';
  const read = () => Object.values(readConfig({ [`${name}_FILE`]: file }));
  try {
    expect(read).toThrow(`${name}_FILE cannot be read`);
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    expect(read()).toContain(secret);
    expect(Object.values(readConfig({ [`${name}_FILE`]: file, [name]: `${secret}2` }))).toContain(
      `${secret}2`,
    );
    if (process.platform === 'win32') return;
    chmodSync(file, 0o640);
    expect(read).toThrow(`chmod 600 '${file}'`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('LOG_STORE is a folder or a bucket; what is wrong about it is refused with words', () => {
  expect(readConfig({}).logPlace).toBeUndefined();
  const folder = resolve('/var/logs');
  expect(readConfig({ LOG_STORE: pathToFileURL(folder).href }).logPlace).toEqual({ folder });
  const bucket = { LOG_STORE: 's3://my-logs/a/b', LOG_STORE_KEY_ID: 'id', LOG_STORE_SECRET: 'secret' };
  expect(readConfig({ ...bucket, LOG_ARCHIVE_DAYS: '30' })).toMatchObject({
    logPlace: { bucket: 'my-logs', prefix: 'a/b/', endpoint: undefined, region: 'us-east-1' },
    archiveMs: 30 * 24 * 3_600_000,
  });
  expect(readConfig({ LOG_STORE: 's3://my-logs' }).logPlace).toMatchObject({
    prefix: '',
    credentials: undefined,
  });
  for (const wrong of [
    '/var/logs',
    'file://',
    'https://host/logs',
    's3://',
    's3://A_b',
    's3://logs/a b',
    'file://host/logs',
    'file:///a%2Fb',
  ]) {
    expect(() => readConfig({ LOG_STORE: wrong })).toThrow(ConfigError);
  }
  expect(() => readConfig({ LOG_ARCHIVE_DAYS: '30' })).toThrow('LOG_ARCHIVE_DAYS needs LOG_STORE');
  expect(() => readConfig({ ...bucket, LOG_STORE_SECRET: '' })).toThrow('belong together');
  expect(() => readConfig({ ...bucket, LOG_STORE_ENDPOINT: 'minio:9000' })).toThrow('LOG_STORE_ENDPOINT');
});
