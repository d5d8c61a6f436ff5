import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url)), 'utf8');

let server: TestServer;
/** Each metric that a server tells, with the labels that its samples can have. */
let known: Map<string, { type: string; labels: Set<string> }>;
beforeAll(async () => {
  server = await startTestServer();
  const text = await (await server.call('GET', '/metrics', { key: null })).text();
  // What this request itself was is told by the next.
  const again = await (await server.call('GET', '/metrics', { key: null })).text();
  known = new Map();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    known.set(name, { type, labels: new Set(['instance', 'job']) });
  for (const [, sample = '', labels = ''] of `${text}${again}`.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
    const metric = known.get(sample) ?? known.get(sample.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) metric?.labels.add(label);
  }
});
afterAll(() => server.close());

const ofPrometheus = ['up'];

/** What is wrong with a query: metrics that no server tells, and labels that they have not. */
function faultsOf(expr: string): string[] {
  const bare = expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const names = [...bare.matchAll(/\b(?:agentfleet|process|nodejs)_\w+|\bup\b/g)].map(([name]) => name);
  if (names.length === 0) return [`${expr} asks for nothing`];
  const used = names.map((name) => known.get(name) ?? known.get(name.replace(/_(bucket|sum|count)$/, '')));
  const missing = names.filter((name, index) => used[index] === undefined && !ofPrometheus.includes(name));
  const labels = [
    ...[...bare.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
    ...[...bare.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*""/g)].map(([, label = '']) => label),
  ];
  const has = (label: string) => used.some((metric) => metric?.labels.has(label)) || names.includes('up');
  const wrong = labels.filter((label) => !has(label));
  const kinds = names.filter(
    (name, index) => /_bucket$/.test(name) !== (used[index]?.type === 'histogram' && /_bucket$/.test(name)),
  );
  return [...missing, ...wrong, ...kinds].map((one) => `${one} in ${expr}`);
}

test('every alert asks for metrics and labels that a server tells, and says what to do', () => {
  const text = read('monitoring/alerts.yml');
  const rules = text.split(/^ {6}- alert: /m).slice(1);
  expect(rules.length).toBeGreaterThan(10);
  for (const rule of rules) {
    const [, expr = ''] = /^ {8}expr: (.*)$/m.exec(rule) ?? [];
    expect(faultsOf(expr)).toEqual([]);
    expect(rule).toMatch(/labels: \{ severity: (critical|warning|info) \}/);
    expect(rule).toMatch(/summary: \S/);
    expect(rule).toMatch(/description: \S/);
  }
});

test('every query of the dashboard asks for metrics and labels that a server tells', () => {
  const { panels } = JSON.parse(read('monitoring/grafana-dashboard.json')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(exprs.length).toBeGreaterThan(20);
  expect(exprs.flatMap(faultsOf)).toEqual([]);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

test('every metric of ours is in the page about them, and the page has no other', () => {
  const told = [...known.keys()].filter((name) => name.startsWith('agentfleet_')).sort();
  const written = [...read('metrics.md').matchAll(/^\| `(agentfleet_\w+)/gm)].map(([, name]) => name);
  expect(written.sort()).toEqual(told);
});

test('a query for what is not there is found', () => {
  expect(faultsOf('rate(agentfleet_nothing_total[5m])')).toHaveLength(1);
  expect(faultsOf('sum by (colour) (agentfleet_runners)')).toHaveLength(1);
  expect(faultsOf('agentfleet_runners{colour="red"}')).toHaveLength(1);
});
