import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Decided, decideWhatWaits } from './deciders.js';
import type { FaultFleet, Life } from './fault-fleet.js';
import { newestRun, readTruth } from './history.js';
import { check } from './invariants.js';
import { insist, look } from './people.js';
import type { Plan } from './plan.js';
import { storyOf } from './story.js';

/** How long everything may take to come to rest once nothing is broken any more, ms. */
const restMs = 30_000;

/** Plays a round on a fleet. @returns what was not as it must be */
export async function playRound(fleet: FaultFleet, plan: Plan): Promise<string[]> {
  fleet.beginRound();
  const before = await newestRun(fleet.truth);
  const runnerIds = await fleet.runnerIds();
  const settled = new AbortController();
  setMaxListeners(0, settled.signal);
  const began = performance.now();
  fleet.setWeather(plan.weather);
  const people = plan.runs.map((planned) => look(fleet, planned, runnerIds, began, settled.signal));
  const decided: Decided[] = [];
  const deciders = ['ann', 'bob'].map((who) => decideWhatWaits(fleet, who, decided, settled.signal));
  await Promise.all(plan.faults.map((fault) => inflict(fleet, fault, runnerIds)));
  await fleet.heal();
  // A pause that was sent before its end may have come after it.
  await delay(plan.weather.delayMs);
  for (const id of runnerIds) {
    const { status, text } = await insist(fleet, 'POST', `/runners/${id}/resume`, {}, undefined);
    if (status !== 200) return [`a runner could not be resumed: ${text}`];
  }

  const deadline = performance.now() + restMs;
  const posting = Promise.all(people).then((all) => Promise.all(all.map(({ posted }) => posted)));
  const tellings = await inTime(posting, deadline);
  if (!tellings) return ['a call of the API was not answered', ...(await whatIsOpen(fleet, before))];
  while ((await whatIsOpen(fleet, before)).length > 0) {
    if (performance.now() > deadline)
      return [...(await whatIsOpen(fleet, before)), ...(await whyTheyWait(fleet, before))];
    await delay(25);
  }
  settled.abort();
  const watchers = (await Promise.all(people)).flatMap(({ watching }) => watching ?? []);
  if (!(await inTime(Promise.all(watchers.map(({ ended }) => ended)), deadline)))
    return watchers.map(({ runId, newest }) => `the watcher of ${runId}: ${newest}`);
  await Promise.all(deciders);

  const lives = fleet.runners.flatMap((runner, index) =>
    runner.lives.map((life) => ({
      runner: runnerIds[index] ?? '',
      notes: fleet.notesOf(life),
      diedAt: deathOf(life),
      frozen: life.frozen,
    })),
  );
  const evidence = {
    truth: await readTruth(fleet.truth, before),
    told: tellings.flat(),
    decided,
    lives,
    logged: fleet.servers.flatMap(({ logged }) => logged),
    troubles: [...fleet.troubles],
    absences: fleet.absences,
  };
  const wrong = [...new Set(check(evidence))];
  const [broken] = evidence.truth.runs.filter(({ id }) => wrong.some((what) => what.startsWith(id)));
  return broken ? [...wrong, ...storyOf(broken.id, evidence)] : wrong;
}

const deathOf = (life: Life) => life.diedAt ?? Number.POSITIVE_INFINITY;

async function inflict(fleet: FaultFleet, fault: Plan['faults'][number], runnerIds: string[]): Promise<void> {
  await delay(fault.at);
  const server = fleet.servers[fault.which % fleet.servers.length];
  const runner = fleet.runners[fault.which % fleet.runners.length];
  if (!server || !runner) return;
  const everyServer = [...fleet.servers.keys()];
  switch (fault.kind) {
    case 'kill runner':
      await fleet.killRunner(fault.which);
      await delay(fault.forMs / 3);
      return fleet.startRunner(fault.which);
    case 'kill server':
      await fleet.killServer(fault.which);
      await delay(fault.forMs / 3);
      return fleet.startServer(fault.which);
    case 'freeze runner':
      fleet.freezeRunner(fault.which);
      await delay(fault.forMs);
      return fleet.thawRunner(fault.which);
    case 'freeze server':
      fleet.freezeServer(fault.which);
      await delay(fault.forMs);
      return fleet.thawServer(fault.which);
    case 'kill every server':
      await Promise.all(everyServer.map((index) => fleet.killServer(index)));
      await delay(fault.forMs);
      await Promise.all(everyServer.map((index) => fleet.startServer(index)));
      return;
    case 'freeze every server':
      for (const index of everyServer) fleet.freezeServer(index);
      await delay(fault.forMs);
      for (const index of everyServer) fleet.thawServer(index);
      return;
    case 'take database away':
      server.link.goAway();
      await delay(fault.forMs);
      return server.link.returns();
    case 'stop database':
      server.link.stop();
      await delay(fault.forMs);
      return server.link.goesOn();
    case 'end database connections':
      return fleet.endDatabaseConnections();
    case 'partition runner':
      runner.proxy.partitioned = true;
      runner.proxy.cutAll();
      await delay(fault.forMs);
      runner.proxy.partitioned = false;
      return;
    case 'cut connections':
      for (const { proxy } of fleet.runners) proxy.cutAll();
      return fleet.network.cutAll();
    case 'pause runner': {
      const path = `/runners/${runnerIds[fault.which]}`;
      await insist(fleet, 'POST', `${path}/pause`, {}, { note: 'a fault' });
      await delay(fault.forMs / 2);
      await insist(fleet, 'POST', `${path}/resume`, {}, undefined);
    }
  }
}

/** Runs that have not ended, and what the server does not have yet. */
async function whatIsOpen(fleet: FaultFleet, after: string): Promise<string[]> {
  const open = {
    name: 'fault-open-runs',
    text: `SELECT id || ' is still ' || status || ', attempt ' || attempt AS what FROM runs
      WHERE id > $1 AND status IN ('QUEUED', 'CLAIMED', 'RUNNING')`,
  };
  const rows = await fleet.truth.query<{ what: string }>(open, [after]);
  const files = await fleet.undelivered();
  return [
    ...rows.map(({ what }) => what),
    ...files.map((file) => `${file} is still in an outbox`),
    ...fleet.troubles,
  ];
}

/** What the API says of runs that are still queued, and of the runners. */
async function whyTheyWait(fleet: FaultFleet, after: string): Promise<string[]> {
  const queued = {
    name: 'fault-queued-runs',
    text: `SELECT id FROM runs WHERE id > $1 AND status = 'QUEUED'`,
  };
  const rows = await fleet.truth.query<{ id: string }>(queued, [after]);
  const paths = ['/runners', ...rows.map(({ id }) => `/runs/${id}?logs=0`)];
  const answers = await Promise.all(paths.map((path) => insist(fleet, 'GET', path, {}, undefined)));
  return answers.map(({ text }) => text);
}

/** Undefined when it takes longer. */
async function inTime<Result>(work: Promise<Result>, deadline: number): Promise<Result | undefined> {
  const over = new AbortController();
  const late = delay(Math.max(0, deadline - performance.now()), undefined, { signal: over.signal }).catch(
    () => undefined,
  );
  const result = await Promise.race([work, late]);
  over.abort();
  return result;
}
