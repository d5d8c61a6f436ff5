import type { Event } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { event, finishOf, patient, useOrg } from '../testing/org-with-queue.js';

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
