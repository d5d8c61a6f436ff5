import { expect, test } from 'vitest';
import { allows } from './plain/scope-words.js';
import { Scope } from './scopes.js';

test('admin may do everything', () => {
  expect(Scope.options.every((scope) => allows(['admin'], scope))).toBe(true);
});

test('who may launch may also read, and not the other way round', () => {
  expect(allows(['runs:write'], 'runs:read')).toBe(true);
  expect(allows(['runs:read'], 'runs:write')).toBe(false);
});

test('a runner may neither read sessions nor launch them', () => {
  expect(
    allows(['runner'], 'runs:read') || allows(['runner'], 'runs:write') || allows(['runner'], 'admin'),
  ).toBe(false);
});

test('nothing is allowed without a scope', () => {
  expect(Scope.options.some((scope) => allows([], scope))).toBe(false);
});
