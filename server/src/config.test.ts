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
