import type { ClaimedRun, Event, FinishRun, JsonObject, Run } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';
import { recountRuns } from './recount.js';
import { recountCosts, setRight } from './recount-costs.js';
import { sumUsage } from './sum-usage.js';

const org = useOrg();

const model = 'claude-opus-4-8';
/** At 5 USD for a million tokens. */
const cost = (inputTokens: number) => inputTokens * 0.000_005;

function byModel(inputTokens: number): JsonObject {
  return { [model]: { inputTokens, outputTokens: 0, costUSD: cost(inputTokens) } };
}

/** As each version says that its counter stands at so many tokens; the newer ones also how many are its own. */
function result(version: string, tokens: number, own = tokens, more: JsonObject = {}): JsonObject {
  const newer = { result_index: 0, model_usage_since_last_result: byModel(own) };
  return {
    type: 'result',
    session_id: 'session-1',
    num_turns: 1,
    total_cost_usd: cost(tokens),
    modelUsage: byModel(tokens),
    ...(version === '2.1.300' && { result_index: 0 }),
    ...(version === '2.1.332' && newer),
    ...more,
  };
}

/** What a run was given by a runner that took the counter for the run's own. */
function stored(tokens: number, numTurns = 1) {
  const counts = { inputTokens: tokens, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const costUsd = cost(tokens);
  return { numTurns, costUsd, usage: { ...counts, byModel: { [model]: { ...counts, costUsd } } } };
}

const events = (version: string, results: JsonObject[], after = 0): Event[] => [
  {
    ...event(after + 1),
    kind: 'system',
    data: { type: 'system', subtype: 'init', claude_code_version: version },
  },
  ...results.map((data, index): Event => ({ ...event(after + index + 2), kind: 'result', data })),
];

async function claimed(launched: Run, runnerId: string): Promise<ClaimedRun> {
  const run = await org.claimOne(runnerId);
  if (run.id !== launched.id) throw new Error('another run was claimed');
  await org.queue.start(org.id, run.id, { token: run.token });
  return run;
}

/** A run of a thread that ended so, as an older runner told it and an older server stored it. */
async function ran(
  parent: Run | undefined,
  version: string,
  results: JsonObject[],
  told: Partial<FinishRun>,
  runnerId: string,
  fresh = false,
): Promise<Run> {
  const launched = parent
    ? await org.queue.followUp(org.id, parent.id, { prompt: 'more', fresh })
    : await org.launch();
  const run = await claimed(launched, runnerId);
  const log = events(version, results);
  await org.log.append(org.id, run.id, { token: run.token, events: log });
  const finish = finishOf(run, log, told);
  await org.queue.finish(org.id, run.id, finish);
  const { numTurns, costUsd, usage } = finish;
  await org.database.prisma.run.update({
    where: { id: run.id },
    data: { numTurns, costUsd, usage: usage ?? {} },
  });
  return launched;
}

/** A thread of runs: for each its version, where the counter stood at its end, and how much of that is its own. */
async function thread(runs: [version: string, stands: number, own: number, told?: Partial<FinishRun>][]) {
  const runnerId = await org.runner();
  const made: Run[] = [];
  for (const [version, stands, own, told] of runs) {
    const more = { ...stored(stands), ...told };
    made.push(await ran(made.at(-1), version, [result(version, stands, own)], more, runnerId));
  }
  return made;
}

async function recount(options: { dryRun?: boolean; orgId?: string } = {}) {
  const said: string[] = [];
  const sums = await recountCosts(org.database, {
    orgId: org.id,
    dryRun: false,
    say: (line) => said.push(line),
    ...options,
  });
  return { ...sums, said };
}

/** Input tokens and turns of runs, and whether the cost and the model's share are those of the tokens. */
async function figures(runs: Run[]) {
  const found = await Promise.all(runs.map(({ id }) => org.queue.get(org.id, id)));
  return found.map(({ costUsd, usage, numTurns }) => {
    const tokens = usage?.inputTokens ?? -1;
    expect(costUsd).toBeCloseTo(cost(tokens), 9);
    expect(usage?.byModel[model]?.inputTokens).toBe(tokens);
    expect(usage?.byModel[model]?.costUsd).toBeCloseTo(cost(tokens), 9);
    return [tokens, numTurns];
  });
}

test('follow-ups that were given the figures of their parents too get their own, and usage is their sum', async () => {
  const runs = await thread([
    ['2.1.332', 1_000, 1_000],
    ['2.1.332', 3_000, 2_000],
    ['2.1.332', 3_500, 500],
  ]);
  const dry = await recount({ dryRun: true });
  expect(await figures(runs)).toEqual([
    [1_000, 1],
    [3_000, 1],
    [3_500, 1],
  ]);
  expect(dry.said).toEqual([
    `${runs[1]?.id}  $0.015, 3,000 tokens, 1 turn → $0.01, 2,000 tokens, 1 turn`,
    `${runs[2]?.id}  $0.0175, 3,500 tokens, 1 turn → $0.0025, 500 tokens, 1 turn`,
    '2 of 3 runs would be changed: $0.0325 → $0.0125. 0 could not be decided.',
  ]);
  const { said, changed } = await recount();
  expect(said.slice(0, -1)).toEqual(dry.said.slice(0, -1));
  expect(changed).toBe(2);
  expect(await figures(runs)).toEqual([
    [1_000, 1],
    [2_000, 1],
    [500, 1],
  ]);
  const range = {
    from: new Date(0),
    to: new Date(Date.now() + 60_000),
    timeZone: 'UTC',
    byDay: false,
    groups: 50,
  };
  const [usage] = await sumUsage(org.database, org.id, { ...range, by: undefined });
  expect(usage).toMatchObject({ runs: 3, inputTokens: 3_500 });
  expect(usage?.costUsd).toBeCloseTo(cost(3_500), 9);
  // Once more changes nothing.
  expect((await recount()).said).toEqual(['0 of 3 runs changed: $0 → $0. 0 could not be decided.']);
});

test('what counts the process is left alone, also where a follow-up used more than its parent', async () => {
  const runs = await thread([
    ['2.1.197', 1_000, 1_000],
    ['2.1.197', 4_000, 4_000],
    ['2.1.276', 9_000, 9_000],
  ]);
  expect(await recount()).toMatchObject({ changed: 0, undecided: 0 });
  expect((await figures(runs)).map(([tokens]) => tokens)).toEqual([1_000, 4_000, 9_000]);
});

test('where nothing tells the share it is found from the run before that left the counter where it stood', async () => {
  const runs = await thread([
    ['2.1.300', 1_000, 1_000],
    ['2.1.300', 3_000, 2_000],
    // Neither reads nor writes the counter.
    ['2.1.197', 7_000, 7_000],
    ['2.1.300', 3_400, 400],
    ['2.1.332', 3_450, 50],
    ['2.1.300', 4_450, 1_000],
  ]);
  expect(await recount()).toMatchObject({ changed: 4, undecided: 0 });
  expect((await figures(runs)).map(([tokens]) => tokens)).toEqual([1_000, 2_000, 7_000, 400, 50, 1_000]);
});

test('after a run that may not have left its counter behind nothing is guessed, and the run is named', async () => {
  const runs = await thread([
    ['2.1.300', 1_000, 1_000],
    ['2.1.300', 3_000, 2_000, { status: 'CANCELLED' }],
    ['2.1.300', 3_500, 500],
    ['2.1.300', 4_000, 500],
  ]);
  const { changed, undecided, said } = await recount();
  expect({ changed, undecided }).toEqual({ changed: 2, undecided: 1 });
  expect(said).toContain(
    `${runs[2]?.id}  $0.0175, 3,500 tokens, 1 turn  not decided: nothing tells what its session had used before`,
  );
  expect((await figures(runs)).map(([tokens]) => tokens)).toEqual([1_000, 2_000, 3_500, 500]);
});

test('a session that was begun afresh in a thread owes nothing to the runs before it', async () => {
  const runnerId = await org.runner();
  const afresh = { session_id: 'session-2' };
  const first = await ran(undefined, '2.1.300', [result('2.1.300', 1_000)], stored(1_000), runnerId);
  const told = { ...stored(5_000), agentSessionId: 'session-2' };
  const second = await ran(first, '2.1.300', [result('2.1.300', 5_000, 5_000, afresh)], told, runnerId, true);
  const more = [result('2.1.300', 5_200, 200, afresh)];
  const third = await ran(second, '2.1.300', more, { ...told, ...stored(5_200) }, runnerId);
  expect(await recount()).toMatchObject({ changed: 1, undecided: 0 });
  expect((await figures([first, second, third])).map(([tokens]) => tokens)).toEqual([1_000, 5_000, 200]);
});

test('a run whose events are gone is named and left alone; the first of a thread was right', async () => {
  const runs = await thread([
    ['2.1.332', 1_000, 1_000],
    ['2.1.332', 3_000, 2_000],
  ]);
  // Retention takes the oldest events first.
  await org.database.prisma.event.deleteMany({ where: { runId: { in: runs.map(({ id }) => id) }, seq: 1 } });
  const { changed, undecided, said } = await recount();
  expect({ changed, undecided }).toEqual({ changed: 0, undecided: 1 });
  expect(said[0]).toBe(
    `${runs[1]?.id}  $0.015, 3,000 tokens, 1 turn  not decided: its events are no longer there`,
  );
});

test('several results of one session are one sum, and their turns are all counted', async () => {
  const runnerId = await org.runner();
  const old = [result('2.1.197', 1_000, 0, { num_turns: 3 }), result('2.1.197', 1_500, 0, { num_turns: 2 })];
  const today = [
    result('2.1.332', 1_000),
    result('2.1.332', 1_500, 500),
    result('2.1.332', 0, 0, { num_turns: 0 }),
  ];
  const runs = [
    await ran(undefined, '2.1.197', old, stored(1_500, 2), runnerId),
    await ran(undefined, '2.1.332', today, stored(0, 0), runnerId),
  ];
  await recount();
  expect(await figures(runs)).toEqual([
    [1_500, 5],
    [1_500, 2],
  ]);
});

test('a follow-up gets its own figures at once, also from a runner that takes the counter for them', async () => {
  const runnerId = await org.runner();
  const parent = await ran(undefined, '2.1.332', [result('2.1.332', 1_000)], stored(1_000), runnerId);
  const launched = await org.queue.followUp(org.id, parent.id, { prompt: 'more', fresh: false });
  const run = await claimed(launched, runnerId);
  const log = events('2.1.332', [result('2.1.332', 3_000, 2_000)]);
  await org.log.append(org.id, run.id, { token: run.token, events: log });
  await org.queue.finish(org.id, run.id, finishOf(run, log, stored(3_000)));
  expect(await figures([launched])).toEqual([[2_000, 1]]);
});

test.each([
  ['is finished', 'SUCCEEDED'],
  ['is lost', 'FAILED'],
])('a run costs what all of its attempts had told, also when the last one %s', async (end, status) => {
  const launched = await org.launch({ retry: { maxAttempts: 2 } });
  for (const [index, tokens] of [700, 20].entries()) {
    const run = await claimed(launched, await org.runner());
    const data = result('2.1.332', tokens, tokens, { session_id: `session-${index}` });
    const log = events('2.1.332', [data], run.lastSeq);
    await org.log.append(org.id, run.id, { token: run.token, events: log });
    if (index === 1 && end === 'is finished') {
      await org.queue.finish(org.id, run.id, finishOf(run, log, stored(tokens)));
    } else {
      await org.expireLeases();
      await org.queue.sweep();
    }
  }
  expect((await org.queue.get(org.id, launched.id)).status).toBe(status);
  expect(await figures([launched])).toEqual([[720, 2]]);
});

test('a run that has other figures by the time it is written keeps them', async () => {
  const runs = await thread([
    ['2.1.332', 1_000, 1_000],
    ['2.1.332', 3_000, 2_000],
  ]);
  const [, second] = await recountRuns(
    org.database,
    runs.map(({ id }) => id),
  );
  if (!second) throw new Error('nothing was counted');
  await org.database.prisma.run.update({ where: { id: second.id }, data: { costUsd: 7 } });
  expect(await setRight(org.database, second)).toBe(false);
  expect((await org.queue.get(org.id, second.id)).costUsd).toBe(7);
});

test('all runs of all orgs are looked at, however many, or those of one org', async () => {
  const runs = await thread([
    ['2.1.332', 1_000, 1_000],
    ['2.1.332', 3_000, 2_000],
  ]);
  const template = await org.database.prisma.run.findUniqueOrThrow({ where: { id: runs[1]?.id ?? '' } });
  const log = await org.database.prisma.event.findMany({ where: { runId: template.id } });
  // Of those that are not in the first step only the last has a log.
  const ids = Array.from({ length: 210 }, (_item, index) => `clr${String(index).padStart(22, '0')}`);
  const { queueOrder, ...rest } = template;
  const usage = rest.usage ?? {};
  await org.database.prisma.run.createMany({
    data: ids.map((id) => ({ ...rest, usage, id, attemptToken: `token-${id}` })),
  });
  await org.database.prisma.event.createMany({
    data: log.map((each) => ({ ...each, data: each.data ?? {}, runId: ids[209] ?? '' })),
  });
  expect((await recount({ orgId: 'org_none' })).runs).toBe(0);
  expect(await recount()).toMatchObject({ runs: 212, changed: 2 });
  const all = await recountCosts(org.database, { dryRun: true, say: () => undefined });
  expect(all.runs).toBeGreaterThanOrEqual(212);
});
