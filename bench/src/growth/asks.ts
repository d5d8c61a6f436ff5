import { type RouteName, routes } from '@agentfleet/contract';
import type pg from 'pg';

/** What is asked: who asks, and of what, below `/api/v1`. */
export interface Ask {
  by: 'busy' | 'idle';
  path: string;
}

/**
 * What goes on instead of being answered, what is told of a cookie, what lives for minutes, what is as long as the history, and what
 * a runner is asked for.
 */
const notAsked: readonly RouteName[] = [
  'streamChanges',
  'getBrowserSession',
  'getSignIn',
  'exportAudit',
  'listFolders',
];

const dayMs = 24 * 3_600_000;

/**
 * Every GET route of the contract with each of its filters, as one with all and one with nothing asks it, and with what there are
 * many, few and none of. Both histories have a page of each, so that the answers are as large.
 */
export async function asksOf(client: pg.Client): Promise<Ask[]> {
  const orgs = await client.query<{ id: string }>('SELECT id FROM orgs ORDER BY name LIMIT 1');
  const busy = orgs.rows[0]?.id ?? '';
  const one = async (text: string) => (await client.query<{ id: string }>(text, [busy])).rows[0]?.id ?? '';
  const run = await one(
    `SELECT id FROM runs WHERE org_id = $1 AND status = 'SUCCEEDED' ORDER BY id DESC OFFSET 30 LIMIT 1`,
  );
  const middle = await one('SELECT id FROM runs WHERE org_id = $1 ORDER BY id OFFSET 300 LIMIT 1');
  const queued = await one(`SELECT id FROM runs WHERE org_id = $1 AND status = 'QUEUED' ORDER BY id LIMIT 1`);
  const runner = await one(
    `SELECT id FROM runners WHERE org_id = $1 AND name LIKE 'machine%' ORDER BY name LIMIT 1`,
  );
  const approval = await one(
    `SELECT id FROM approvals WHERE org_id = $1 AND state = 'allowed' ORDER BY id LIMIT 1`,
  );
  const asked = await one(
    `SELECT run_id AS id FROM approvals WHERE org_id = $1 AND state = 'allowed' ORDER BY id LIMIT 1`,
  );
  const entry = await one('SELECT id FROM audit_entries WHERE org_id = $1 ORDER BY id OFFSET 300 LIMIT 1');
  const key = await one('SELECT id FROM api_keys WHERE org_id = $1 LIMIT 1');
  const waiting = await one(
    `SELECT id FROM approvals WHERE org_id = $1 AND state = 'waiting' ORDER BY id LIMIT 1`,
  );
  const ids = await client.query<{ id: string }>(
    'SELECT id FROM runs WHERE org_id = $1 ORDER BY id LIMIT 50',
    [busy],
  );
  const now = Date.now();
  const ago = (days: number) => new Date(now - days * dayMs).toISOString();
  const nobody = 'clr0nobody0000000';
  const years = `from=${ago(365)}&to=${ago(-1)}`;
  const lists = [
    '',
    'limit=50',
    'order=asc',
    `cursor=${middle}`,
    `cursor=${middle}&order=asc`,
    'status=QUEUED',
    'status=CLAIMED',
    'status=RUNNING',
    'status=SUCCEEDED',
    'status=FAILED',
    'status=CANCELLED',
    'status=QUEUED,CLAIMED,RUNNING',
    'status=QUEUED,CLAIMED,RUNNING&order=asc',
    'status=FAILED,CANCELLED&order=asc',
    `runnerId=${runner}`,
    'runnerId=run_rare0000',
    'runnerId=run_none0000',
    'runnerId=run_rare0000&status=FAILED',
    'runnerId=run_rare0000&q=xylophone',
    'threadId=clrrarethread000000000',
    `threadId=${run}`,
    `threadId=${nobody}`,
    'cwd=/code',
    'cwd=/code/project-7',
    'cwd=/code/rare',
    'cwd=/code/none',
    'cwd=/code/project-7&status=FAILED',
    'cwd=/code/rare&label=none',
    'label=nightly',
    'label=team-7',
    'label=rare',
    'label=none',
    'label=rare&order=asc',
    'label=team-7&status=RUNNING',
    'label=rare&cwd=/code/rare',
    'waiting=true',
    'waiting=true&order=asc',
    'q=tests',
    'q=XyloPhone',
    'q=nothing+like+it',
    'q=xy',
    'q=xylophone&order=asc',
    'q=xylophone&status=RUNNING',
    'q=xylophone&label=team-7',
    `createdAfter=${ago(30)}`,
    `createdBefore=${ago(300)}`,
    `createdAfter=${ago(300)}&createdBefore=${ago(299)}`,
    `createdAfter=${ago(300)}&order=asc`,
    `createdAfter=${ago(200)}&createdBefore=${ago(199)}&q=xylophone`,
    `ids=${ids.rows.map(({ id }) => id).join(',')}`,
  ];
  const busyPaths = [
    ...lists.map((query) => `/runs?${query}`),
    ...[
      '',
      'limit=50',
      'state=waiting',
      'state=allowed',
      'state=denied',
      'state=expired',
      'state=withdrawn',
    ].map((query) => `/approvals?${query}`),
    ...[
      `runId=${asked}`,
      `runId=${asked}&state=allowed`,
      `runId=${nobody}`,
      `cursor=${approval}`,
      `cursor=${approval}&state=expired`,
    ].map((query) => `/approvals?${query}`),
    `/approvals/${approval}`,
    `/approvals/${waiting}`,
    '/runners?limit=50',
    '/runners',
    `/runners?limit=50&cursor=${runner}`,
    `/runners/${runner}`,
    '/runners/run_rare0000',
    `/runs/${run}`,
    `/runs/${run}?logs=0`,
    `/runs/${queued}`,
    `/runs/${run}/events`,
    `/runs/${run}/events?after=2`,
    `/runs/${run}/events?before=4&limit=2`,
    `/runs/${run}/events?tools=Read`,
    `/runs/${run}/events?wait=0&partial=0`,
    `/runs/${run}/events/1/images/0`,
    '/queue',
    '/me',
    '/api-keys',
    '/api-keys?limit=1',
    `/api-keys?cursor=${key}`,
    ...[
      '',
      'limit=50',
      `cursor=${entry}`,
      'actor=key_busy0000',
      'actor=key_rare0000',
      'action=run.launch',
      'action=runner.pause',
      `subject=${run}`,
      `subject=${nobody}`,
      'actor=key_rare0000&action=run.launch',
      'actor=key_rare0000&action=runner.pause',
      `from=${ago(300)}&to=${ago(299)}`,
    ].map((query) => `/audit?${query}`),
    '/usage',
    ...['day', 'runner', 'directory', 'model', 'label', 'key'].flatMap((group) => [
      `/usage?groupBy=${group}&groups=20&${years}`,
      ...(group === 'day' ? [] : [`/usage?groupBy=day,${group}&groups=5&${years}&timeZone=Europe/Berlin`]),
    ]),
    `/usage?groupBy=day&${years}&timeZone=America/Los_Angeles`,
  ];
  refuseForgotten(busyPaths);
  const idlePaths = busyPaths.filter(
    (path) => !/\/(runs|approvals|runners)\/\w/.test(path) && !/cursor=/.test(path),
  );
  return [
    ...busyPaths.map((path): Ask => ({ by: 'busy', path })),
    ...idlePaths.map((path): Ask => ({ by: 'idle', path })),
  ];
}

/** Throws where the contract has a GET route, or a parameter of one, that is not asked for. */
function refuseForgotten(paths: readonly string[]): void {
  const asked = paths.map((path) => new URL(path, 'http://bench'));
  for (const [name, route] of Object.entries(routes)) {
    if (route.method !== 'GET' || notAsked.some((one) => one === name)) continue;
    const pattern = new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`);
    const ofRoute = asked.filter(({ pathname }) => pattern.test(pathname));
    const parameters = 'query' in route ? Object.keys(route.query.shape) : [];
    const forgotten = parameters.filter((one) => !ofRoute.some(({ searchParams }) => searchParams.has(one)));
    if (ofRoute.length === 0 || forgotten.length > 0) {
      throw new Error(`The growth suite does not ask ${route.path} ${forgotten.join(', ')}`);
    }
  }
}
