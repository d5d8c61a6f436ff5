import type { FinalStatus } from '@agentfleet/contract';
import { newId, openDatabase } from '@agentfleet/server';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';

/** What a month of a small team's sessions is made of. */
const work = [
  ['Fix the flaky login test and say what made it flaky', 'api', ['tests']],
  ['Upgrade TypeScript to 7 and mend what breaks', 'web', ['upkeep']],
  ['Write the migration that splits full_name into two columns', 'api', ['database']],
  ['Find out why the nightly import takes three hours', 'importer', ['nightly', 'performance']],
  ['Add a dark theme to the settings page', 'web', ['design']],
  ['Review the open pull requests and summarise the risky ones', 'web', ['review']],
  ['Document every environment variable the server reads', 'api', ['docs']],
  ['Replace moment with Intl in the invoices', 'invoices', ['upkeep']],
  ['Look for SQL that is built from strings', 'api', ['security']],
  ['Make the build of the mobile app reproducible', 'mobile', ['release']],
  ['Translate the new onboarding texts to German and French', 'web', ['i18n']],
  ['Bisect the memory leak in the worker since 4.12', 'importer', ['performance']],
  ['Explain how the retry logic of the payment webhook works', 'invoices', []],
  ['Delete the feature flags that have been on for everybody since spring', 'web', ['upkeep']],
  ['Write a script that anonymises the staging dump', 'api', ['database', 'security']],
  ['Move the CI from three workflows to one with a matrix', 'mobile', ['release']],
  ['Add keyboard navigation to the order table', 'web', ['design']],
  ['Check every open dependency alert and say which ones concern us', 'api', ['security', 'nightly']],
  ['Make the PDF of an invoice accessible', 'invoices', ['design']],
  ['Turn the README into a guide for new colleagues', 'importer', ['docs']],
  ['Reproduce issue 1841 in a test', 'mobile', ['tests']],
  ['Which endpoints are never called? Look at the access logs of a week', 'api', ['upkeep']],
] as const;

/** With the seconds after which they come. */
const failures = [
  ['max_turns_reached', 'The session reached its limit of 40 turns.', 840],
  ['timed_out', 'The session reached its time limit of 30 min.', 1_800],
  ['agent_error', 'Claude Code ended the session with an error: 529 overloaded_error', 95],
] as const;

/** Days that are filled. */
const days = 30;
const day = 86_400_000;

export interface Machine {
  id: string;
  folder: (project: string) => string;
  /** Its part of the work. */
  share: number;
}

/** Fills the past with finished sessions. Their ids begin with their time, as the server makes them. */
export async function fillHistory(fleet: Fleet, machines: readonly Machine[], now: number): Promise<void> {
  await fleet.killServer();
  const database = await openDatabase({ dataDir: fleet.dataDir });
  const random = randomFrom(7);
  try {
    const [org] = await database.query<{ id: string }>({ name: 'the-org', text: 'SELECT id FROM orgs' }, []);
    if (!org) throw new Error('The server has made no org');
    for (const at of instants(now, random)) {
      await database.query(insert, rowOf(org.id, at, pickMachine(machines, random), random));
    }
  } finally {
    await database.close();
  }
  await fleet.startServer();
}

const insert = {
  name: 'seed-run',
  text: `
INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, model, labels, runner_id, thread_id, lane,
  agent_session_id, attempt, created_at, claimed_at, started_at, finished_at, num_turns, cost_usd, usage, result,
  failure_code, failure_message, events_pruned_at)
VALUES ($1, $2, $3::"RunStatus", $4, $5, $6, $7, $8, $9, $10, $1, $1, $1, 1, $11, $11, $11, $12, $13, $14, $15, $16,
  $17, $18, $12)`,
};

function rowOf(orgId: string, at: Date, machine: Machine, random: () => number): unknown[] {
  const [prompt, project, labels] = pick(work, random);
  const status: FinalStatus = random() < 0.08 ? 'FAILED' : random() < 0.04 ? 'CANCELLED' : 'SUCCEEDED';
  const failure = status === 'FAILED' ? pick(failures, random) : undefined;
  const model =
    random() < 0.6 ? 'claude-sonnet-4-5' : random() < 0.7 ? 'claude-opus-4-1' : 'claude-haiku-4-5';
  const seconds = failure?.[2] ?? Math.round(40 + random() ** 3 * 2_400);
  const cost = Number((0.02 + (seconds / 2_400) * (model.includes('opus') ? 3 : 1.1)).toFixed(4));
  const tokens = {
    inputTokens: Math.round(seconds * 38),
    outputTokens: Math.round(seconds * 22),
    cacheReadTokens: Math.round(seconds * 900),
    cacheCreationTokens: Math.round(seconds * 60),
  };
  const id = `clr${at.getTime().toString(36).padStart(9, '0')}${newId('cmd_').slice(4, 17)}`;
  const folder = machine.folder(project);
  return [
    id,
    orgId,
    status,
    prompt,
    folder,
    folder.replaceAll('\\', '/').toLowerCase(),
    random() < 0.7 ? 'acceptEdits' : 'default',
    model,
    labels,
    machine.id,
    at,
    new Date(at.getTime() + seconds * 1_000),
    Math.round(3 + seconds / 40),
    status === 'CANCELLED' ? null : cost,
    { ...tokens, byModel: { [model]: { ...tokens, costUsd: cost } } },
    status === 'SUCCEEDED' ? 'Done.' : null,
    failure?.[0] ?? null,
    failure?.[1] ?? null,
  ];
}

/** When sessions were launched, oldest first: more on weekdays, more lately, none in the last twenty minutes. */
function instants(now: number, random: () => number): Date[] {
  const found: number[] = [];
  for (let back = days - 1; back >= 0; back -= 1) {
    const weekend = [0, 6].includes(new Date(now - back * day).getDay());
    const many = Math.round((weekend ? 2 : 9) * (0.6 + random() * 0.8) * (1.2 - back / (days * 2)));
    for (let n = 0; n < many; n += 1)
      found.push(now - back * day - 1_200_000 - Math.round(random() * day * 0.35));
  }
  return found.sort((one, other) => one - other).map((ms) => new Date(ms));
}

function pickMachine(machines: readonly Machine[], random: () => number): Machine {
  let rest = random() * machines.reduce((sum, { share }) => sum + share, 0);
  const found = machines.find(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  return found ?? pick(machines, random);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to pick from');
  return item;
}

/** The same numbers every time: a linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
