import type { Event } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { event, finishOf, patient, useOrg } from '../testing/org-with-queue.js';
import { createEventLog } from './create-eventlog.js';

const org = useOrg();
const { launch, runner, claimOne } = org;

test('an append is stored once however often it is sent; a gap and other content are refused', async () => {
  await launch();
  const run = await claimOne(await runner());
  const append = (events: Event[]) => org.log.append(org.id, run.id, { token: run.token, events });
  await append([event(1), event(2)]);
  expect(await append([event(2), event(3)])).toEqual({ lastSeq: 3 });
  await expect(append([event(5)])).rejects.toMatchObject({ code: 'EVENT_GAP', details: { lastSeq: 3 } });
  await expect(append([event(2, 'other')])).rejects.toMatchObject({ code: 'EVENT_CONFLICT' });
  const events = await org.log.read(org.id, run.id, { after: 0, limit: 10 });
  expect(events.map((one) => one.message)).toEqual(['line 1', 'line 2', 'line 3']);
});

test('a finish before the whole log has arrived asks for the rest; a repeated finish is answered alike', async () => {
  await launch();
  const run = await claimOne(await runner());
  await org.log.append(org.id, run.id, { token: run.token, events: [event(1)] });
  const whole = finishOf(run, [event(1), event(2)]);
  await expect(org.queue.finish(org.id, run.id, whole)).rejects.toMatchObject({
    code: 'LOG_INCOMPLETE',
    details: { lastSeq: 1 },
  });
  await org.log.append(org.id, run.id, { token: run.token, events: [event(2)] });
  const done = await org.queue.finish(org.id, run.id, whole);
  expect(await org.queue.finish(org.id, run.id, whole)).toEqual(done);
});

test('a follower at one server misses nothing of what is appended through two, and is told of it without a poll', async () => {
  const never = 24 * 3_600_000;
  const here = createEventLog(org.database, never);
  const elsewhere = createEventLog(org.database, never);
  await launch();
  const run = await claimOne(await runner());
  const batches: number[][] = [];
  const following = (async () => {
    for await (const batch of here.follow(org.id, run.id, 0, patient))
      batches.push(batch.map((one) => one.seq));
  })();
  const events = Array.from({ length: 30 }, (_item, index) => event(index + 1));
  for (const [index, one] of events.entries()) {
    // Now and then the next one comes through the other before the follower has taken the one before.
    const pending = (index % 3 === 0 ? elsewhere : here).append(org.id, run.id, {
      token: run.token,
      events: [one],
    });
    await pending;
    if (index % 4 === 0) await expect.poll(() => batches.flat()).toHaveLength(index + 1);
  }
  await org.queue.finish(org.id, run.id, finishOf(run, events));
  await following;
  expect(batches.flat()).toEqual(events.map((one) => one.seq));
});

test('a follower sees an event as it is stored: what was repeated once, and a time of microseconds in milliseconds', async () => {
  await launch();
  const run = await claimOne(await runner());
  const over = new AbortController();
  const following = org.log.follow(org.id, run.id, 0, over.signal)[Symbol.asyncIterator]();
  const [first, second, third] = [event(1), event(2), { ...event(3), at: '2026-11-23T10:00:00.0006Z' }];
  const append = (events: Event[]) => org.log.append(org.id, run.id, { token: run.token, events });
  const seen: Event[] = [];
  for (const events of [[first], [first, second], [third]]) {
    const next = following.next();
    await append(events);
    seen.push(...((await next).value ?? []));
  }
  expect(seen).toEqual(await org.log.read(org.id, run.id, { after: 0, limit: 10 }));
  over.abort();
});

test('a follower sees every event once and ends with the run', async () => {
  await launch();
  const run = await claimOne(await runner());
  const seen: number[] = [];
  const following = (async () => {
    for await (const batch of org.log.follow(org.id, run.id, 0, patient))
      seen.push(...batch.map((one) => one.seq));
  })();
  const events = Array.from({ length: 20 }, (_item, index) => event(index + 1));
  for (const one of events) await org.log.append(org.id, run.id, { token: run.token, events: [one] });
  await org.queue.finish(org.id, run.id, finishOf(run, events));
  await following;
  expect(seen).toEqual(events.map((one) => one.seq));
});

test('after the end of a session its log takes nothing new, and what it has is confirmed again', async () => {
  await launch();
  const run = await claimOne(await runner());
  const append = (events: Event[]) => org.log.append(org.id, run.id, { token: run.token, events });
  await append([event(1)]);
  await org.queue.finish(org.id, run.id, finishOf(run, [event(1)]));
  await expect(append([event(2)])).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(append([event(1), event(2)])).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  expect(await append([event(1)])).toEqual({ lastSeq: 1 });
  expect(await org.log.read(org.id, run.id, { after: 0, limit: 10 })).toEqual([event(1)]);
});
