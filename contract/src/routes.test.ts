import { expect, test } from 'vitest';
import type { Route } from './route.js';
import { routes } from './routes.js';

const all = Object.entries(routes) as [string, Route][];

test('the documented endpoints exist, under the documented methods', () => {
  const lines = all.map(([, route]) => `${route.method} ${route.path}`);
  expect(lines).toEqual(
    expect.arrayContaining([
      'GET /runners',
      'GET /runners/:id',
      'POST /runs',
      'GET /runs/:id',
      'GET /runs/:id/events',
      'POST /runs/:id/followup',
    ]),
  );
});

test('no two routes share a method and a path', () => {
  const lines = all.map(([, route]) => `${route.method} ${route.path}`);
  expect(new Set(lines).size).toBe(lines.length);
});

test.each(all)('%s names the parameters of its path, and no others', (_name, route) => {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  expect(Object.keys(route.params?.shape ?? {})).toEqual(inPath);
});

test.each(all.filter(([, route]) => route.status === 201 && route.scope !== 'public'))(
  '%s creates something, so it honours Idempotency-Key',
  (_name, route) => {
    expect(route.idempotent).toBe(true);
  },
);

test.each(all.filter(([, route]) => route.runnerProtocol))(
  '%s is for runners: a runner key is enough',
  (_name, route) => {
    expect(route.scope).toBe('runner');
  },
);
