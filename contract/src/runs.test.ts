import { describe, expect, test } from 'vitest';
import { AgentSessionId, CreateRun } from './runs.js';

const documented = {
  prompt: 'add a health check route',
  cwd: 'C:\\Users\\you\\code\\api',
  permissionMode: 'acceptEdits',
};

test('the documented launch is valid, and what it leaves out has defaults', () => {
  expect(CreateRun.parse(documented)).toEqual({
    ...documented,
    labels: [],
    approvalSec: 600,
    priority: 0,
    sharedCwd: false,
    retry: { maxAttempts: 1 },
  });
});

test('a prompt may begin with a dash: it never becomes an argument', () => {
  expect(CreateRun.parse({ ...documented, prompt: '--help me' }).prompt).toBe('--help me');
});

describe('refused', () => {
  test.each([
    ['an empty prompt', { prompt: '' }],
    ['a blank prompt', { prompt: ' \n\t' }],
    ['a NUL byte in the prompt', { prompt: 'a\0b' }],
    ['a lone surrogate in the prompt', { prompt: 'a\ud800b' }],
    ['a relative directory', { cwd: 'code/api' }],
    ['a drive-relative directory', { cwd: 'C:code' }],
    ['an unknown permission mode', { permissionMode: 'yolo' }],
    ['a model with shell characters', { model: 'opus; rm -rf /' }],
    ['a model that begins with a dash', { model: '--dangerously' }],
    ['a foreign kind of id', { runnerId: 'clr0123456789abcdef' }],
    ['a repeated label', { labels: ['a', 'a'] }],
    ['an unknown field', { prompts: 'x' }],
    ['a priority out of range', { priority: 101 }],
    ['no attempt at all', { retry: { maxAttempts: 0 } }],
  ])('%s', (_what, change) => {
    expect(CreateRun.safeParse({ ...documented, ...change }).success).toBe(false);
  });
});

test.each([
  'opus',
  'claude-opus-4-1-20250805',
  'sonnet[1m]',
  'us.anthropic.claude-sonnet-4:0',
  'arn:aws:bedrock:eu/x',
])('the model name %s is accepted', (model) => {
  expect(CreateRun.parse({ ...documented, model }).model).toBe(model);
});

test.each([
  ['0b9ad2b6-6d9c-4c9c-8a43-0c0de50a0001', true],
  ['a_b-c', true],
  ['a'.repeat(100), true],
  ['a'.repeat(101), false],
  // It becomes an argument of a command line.
  ['--dangerously-skip-permissions', false],
  ['-p', false],
  ['_x', false],
  ['a b', false],
  ['a;b', false],
  ['a\n', false],
  ['', false],
])('%j is a session id of the agent: %j', (id, is) => {
  expect(AgentSessionId.safeParse(id).success).toBe(is);
});
