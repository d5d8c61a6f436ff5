import { hash } from 'node:crypto';
import { apiBase, type Event, eventDigestInput } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tidyUp } from '../../housekeeping.js';
import { machine } from '../../testing/machine.js';
import { startTestServer, type TestServer } from '../../testing/server.js';
import { view } from '../../testing/stream.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200_000, 7)]);
const gif = Buffer.from('GIF89a, more or less');
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
const image = (bytes: Buffer, type = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type: type, data: bytes.toString('base64') },
});
const event = (seq: number, content: object[]): Event => ({
  ...{ seq, kind: 'tool_result', message: 'a look', at: '2026-11-30T10:00:00.000Z' },
  data: JSON.parse(JSON.stringify({ type: 'tool_result', tool_use_id: 'toolu_1', content })),
});

const said = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.call(method, apiBase + path, { headers: { 'AgentFleet-Protocol': '1', ...headers }, body });

/** A run of which these are all events; `token` speaks for it. */
async function logged(...events: Event[]): Promise<{ id: string; token: string }> {
  const runner = (await (
    await said('POST', '/runners/register', machine({ directories: ['/code'] }))
  ).json()) as {
    id: string;
  };
  const body = { prompt: 'look', cwd: '/code', runnerId: runner.id };
  const { id } = (await (await said('POST', '/runs', body)).json()) as { id: string };
  const claimed = await said('POST', `/runners/${runner.id}/claim`, { leases: [], slots: 1 });
  const [run] = ((await claimed.json()) as { runs: { id: string; token: string }[] }).runs;
  const token = run?.token ?? '';
  await said('POST', `/runs/${id}/start`, { token });
  if (events.length > 0) expect((await append({ id, token }, ...events)).status).toBe(200);
  return { id, token };
}

const append = ({ id, token }: { id: string; token: string }, ...events: Event[]) =>
  said('POST', `/runs/${id}/events`, { token, events });

test('an image of a tool’s result is served as its bytes, and every list has a reference in its place', async () => {
  const run = await logged(
    event(1, [{ type: 'text', text: 'two of them' }, image(png), { nested: [image(gif, 'image/png')] }]),
  );
  const url = `${apiBase}/runs/${run.id}/events/1/images/0`;
  const pages = await Promise.all([
    said('GET', `/runs/${run.id}`),
    said('GET', `/runs/${run.id}/events?after=0`),
    said('GET', `/runs/${run.id}/events?before=9`),
  ]);
  const texts = await Promise.all(pages.map((page) => page.text()));
  for (const text of texts) {
    const references = [...text.matchAll(/"source":(\{.*?\})/g)].map(([, found]) => JSON.parse(found ?? ''));
    expect(references).toEqual([
      { type: 'url', url, media_type: 'image/png', bytes: png.length },
      { type: 'url', url: url.replace(/0$/, '1'), media_type: 'image/gif', bytes: gif.length },
    ]);
    expect(text.length).toBeLessThan(5_000);
  }
  const answer = await server.call('GET', url);
  expect(Buffer.from(await answer.arrayBuffer()).equals(png)).toBe(true);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
  });
  const second = await server.call('GET', url.replace(/0$/, '1'));
  expect(second.headers.get('content-type')).toBe('image/gif');
});

test('a live viewer gets the reference too, and a repeated append and the checksum are of what was sent', async () => {
  const run = await logged();
  const viewer = await view(server, run.id);
  const sent = event(1, [image(png)]);
  expect((await append(run, sent)).status).toBe(200);
  expect((await append(run, sent)).status).toBe(200);
  expect((await append(run, event(1, [image(gif)]))).status).toBe(409);
  await expect.poll(() => viewer.events.length).toBe(1);
  expect(JSON.stringify(viewer.events)).toContain(`/api/v1/runs/${run.id}/events/1/images/0`);
  const logChecksum = Number.parseInt(hash('sha256', eventDigestInput(sent), 'hex').slice(0, 8), 16) | 0;
  const end = { status: 'CANCELLED', finishedAt: sent.at, lastSeq: 1, logChecksum };
  expect((await said('POST', `/runs/${run.id}/finish`, { token: run.token, ...end })).status).toBe(200);
  await viewer.closed;
});

test('what is no image by its first bytes is not served as one, whatever it is called', async () => {
  const run = await logged(event(1, [image(svg), image(Buffer.from('<html>')), image(gif)]));
  const answer = await said('GET', `/runs/${run.id}/events/1/images/0`);
  expect(answer.headers.get('content-type')).toBe('image/gif');
  expect((await said('GET', `/runs/${run.id}/events/1/images/1`)).status).toBe(404);
  const { data } = (await (await said('GET', `/runs/${run.id}/events`)).json()) as { data: Event[] };
  expect(JSON.stringify(data)).toContain(svg.toString('base64'));
});

test('an image is there for its org alone, for who may read, and goes with its event', async () => {
  const run = await logged(event(1, [image(png)]));
  const path = `${apiBase}/runs/${run.id}/events/1/images/0`;
  const status = async (key: string | null) => (await server.call('GET', path, { key })).status;
  expect(await status(await server.makeKey(['admin'], await server.makeOrg()))).toBe(404);
  expect(await status(await server.makeKey(['runner']))).toBe(403);
  expect(await status(null)).toBe(401);
  expect(await status(await server.makeKey(['runs:read']))).toBe(200);
  for (const wrong of ['2/images/0', '1/images/1', '1/images/x', '0/images/0', '1/images/-1'])
    expect((await said('GET', `/runs/${run.id}/events/${wrong}`)).status, wrong).toBe(404);
  const long = new Date(Date.now() - 40 * 24 * 3_600_000);
  await server.database.prisma.run.update({
    where: { id: run.id },
    data: { status: 'SUCCEEDED', finishedAt: long },
  });
  await tidyUp(server.database, 30 * 24 * 3_600_000, new AbortController().signal);
  expect(await status(server.key)).toBe(404);
  expect(await server.database.prisma.eventImage.count({ where: { runId: run.id } })).toBe(0);
});

test('a log can be read for the calls of some tools alone, with their results and without those of subagents', async () => {
  const call = (seq: number, name: string, id: string, more: object = {}): Event => ({
    ...{ seq, kind: 'tool_use', message: name, at: '2026-11-30T10:00:00.000Z' },
    data: { type: 'tool_use', name, id, ...more },
  });
  const result = (seq: number, id: string): Event => ({ ...event(seq, []), data: { tool_use_id: id } });
  const run = await logged(
    call(1, 'TaskCreate', 'a'),
    call(2, 'Bash', 'b'),
    result(3, 'b'),
    result(4, 'a'),
    call(5, 'TaskCreate', 'c', { parent_tool_use_id: 'x' }),
    result(6, 'c'),
    call(7, 'TodoWrite', 'd'),
    result(8, 'd'),
  );
  const seqs = async (query: string) => {
    const answer = await said('GET', `/runs/${run.id}/events?tools=TaskCreate,TodoWrite${query}`);
    return ((await answer.json()) as { data: Event[] }).data.map(({ seq }) => seq);
  };
  expect(await seqs('')).toEqual([1, 4, 7, 8]);
  expect(await seqs('&limit=3')).toEqual([1, 4, 7]);
  expect(await seqs('&after=4')).toEqual([7, 8]);
  expect(await seqs('&before=9&limit=2')).toEqual([7, 8]);
  expect(await seqs('&before=7')).toEqual([1, 4]);
  const stream = { accept: 'text/event-stream' };
  expect((await said('GET', `/runs/${run.id}/events?tools=Bash`, undefined, stream)).status).toBe(400);
  expect((await said('GET', `/runs/${run.id}/events?tools=no name`)).status).toBe(400);
});
