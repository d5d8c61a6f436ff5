import type { JsonObject, PermissionMode } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { askedPermission } from './permission.js';
import { ShownPlans } from './shown-plans.js';

// As Claude Code 2.1.197 asks.
const suggestions = [
  {
    type: 'addRules',
    rules: [{ toolName: 'Bash', ruleContent: 'npm test' }],
    behavior: 'allow',
    destination: 'localSettings',
  },
  { type: 'addDirectories', directories: ['/elsewhere'], destination: 'session' },
  { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
];
const message = (request: JsonObject = {}): JsonObject => ({
  type: 'control_request',
  request_id: 'r1',
  request: {
    subtype: 'can_use_tool',
    tool_name: 'Bash',
    input: { command: 'npm test' },
    tool_use_id: 'toolu_1',
    permission_suggestions: suggestions,
    ...request,
  },
});
const read = (
  request: JsonObject = {},
  modes: PermissionMode[] = ['default', 'acceptEdits'],
  plans = new ShownPlans(),
) => {
  const asked = askedPermission(message(request), '/code', modes, plans);
  if (!asked) throw new Error('It was not read as a tool permission');
  return asked;
};
const responseTo = (asked: ReturnType<typeof read>, answer: Parameters<typeof asked.answer>[0]) =>
  ((asked.answer(answer).response as JsonObject).response as JsonObject) ?? {};

test('a tool that asks is read with its use as one line, and what allowing it for the session would allow', () => {
  expect(read().request).toEqual({
    requestId: 'r1',
    tool: 'Bash',
    message: 'Bash npm test',
    input: { command: 'npm test' },
    toolUseId: 'toolu_1',
    sessionGrant: 'Bash(npm test)',
  });
});

test('allowed once, it is called as asked, and nothing more is allowed', () => {
  expect(read().answer({ allow: true, forSession: false, answers: null })).toEqual({
    type: 'control_response',
    response: {
      subtype: 'success',
      request_id: 'r1',
      response: { behavior: 'allow', updatedInput: { command: 'npm test' } },
    },
  });
});

test('allowed for the session, its rules end with the session: no settings are written, no directory is added', () => {
  const response = responseTo(read(), { allow: true, forSession: true, answers: null });
  expect(response.updatedPermissions).toEqual([
    {
      type: 'addRules',
      rules: [{ toolName: 'Bash', ruleContent: 'npm test' }],
      behavior: 'allow',
      destination: 'session',
    },
  ]);
});

test('another permission mode is offered where nothing narrower is, and this machine allows it', () => {
  const edit = { tool_name: 'Edit', permission_suggestions: suggestions.slice(2) };
  expect(read(edit).request.sessionGrant).toBe('permission mode acceptEdits');
  expect(read(edit, ['default']).request.sessionGrant).toBeNull();
  const response = responseTo(read(edit, ['default']), { allow: true, forSession: true, answers: null });
  expect(response).not.toHaveProperty('updatedPermissions');
});

test('of a file outside, which no mode allows by itself, no mode is offered', () => {
  const outside = { tool_name: 'Write', permission_suggestions: suggestions.slice(1) };
  expect(read(outside).request.sessionGrant).toBeNull();
});

test.each([
  [undefined],
  ['text'],
  [[null, 1, { type: 'addRules', behavior: 'deny', rules: [] }, { type: 'new' }]],
])('suggestions that are none (%j) offer nothing', (permission_suggestions) => {
  const request = permission_suggestions as JsonObject[string];
  expect(read({ permission_suggestions: request }).request.sessionGrant).toBeNull();
});

test('questions are answered in the input of the tool that asks them, and of no other', () => {
  const answers = { 'Which one?': 'B' };
  const input = { questions: [{ question: 'Which one?' }] };
  const asked = read({ tool_name: 'AskUserQuestion', input });
  expect(responseTo(asked, { allow: true, forSession: false, answers }).updatedInput).toEqual({
    ...input,
    answers,
  });
  expect(responseTo(read(), { allow: true, forSession: false, answers }).updatedInput).toEqual({
    command: 'npm test',
  });
});

test('a denial tells the reason', () => {
  expect(responseTo(read(), { allow: false, reason: 'use pnpm' })).toEqual({
    behavior: 'deny',
    message: 'use pnpm',
  });
});

test('what people are shown is cut where it is long, what the tool is called with is not', () => {
  const content = 'x'.repeat(1_000_000);
  const asked = read({ tool_name: 'Write', input: { file_path: '/code/a.txt', content } });
  expect(asked.request).toMatchObject({
    message: 'Write a.txt',
    input: { truncated: { content: 1_000_000 } },
  });
  const { updatedInput } = responseTo(asked, { allow: true, forSession: false, answers: null });
  expect(updatedInput).toMatchObject({ content });
});

test.each([{ type: 'assistant' }, { type: 'control_request', request: { subtype: 'hook_callback' } }])(
  '%j asks for no tool',
  (other) => {
    expect(askedPermission(other, '/code', [], new ShownPlans())).toBeUndefined();
  },
);

test('a plan that is asked for without its text is the one that was shown, for people and for Claude Code', () => {
  const plans = new ShownPlans();
  const show = (id: string, name: string, input: JsonObject) =>
    plans.read({ type: 'assistant', message: { content: [{ type: 'tool_use', id, name, input }] } });
  show('toolu_1', 'ExitPlanMode', { plan: '# Add a route\n1. Write it' });
  show('toolu_2', 'ExitPlanMode', { plan: 'another' });
  show('toolu_3', 'Bash', { command: 'npm test' });
  const plan = (input: JsonObject, tool_use_id = 'toolu_1') =>
    read({ tool_name: 'ExitPlanMode', input, tool_use_id }, [], plans);
  const asked = plan({});
  expect(asked.request).toMatchObject({
    message: 'ExitPlanMode Add a route',
    input: { plan: '# Add a route\n1. Write it' },
  });
  expect(responseTo(asked, { allow: true, forSession: false, answers: null }).updatedInput).toEqual({
    plan: '# Add a route\n1. Write it',
  });
  // What it wrote to a file since is the plan.
  expect(plan({ plan: 'newer', planFilePath: '/p.md' }).request.input).toMatchObject({ plan: 'newer' });
  expect(plan({ allowedPrompts: [] }).request.input).toEqual({
    allowedPrompts: [],
    plan: '# Add a route\n1. Write it',
  });
  expect(plan({}, 'toolu_9').request.input).toEqual({});
  expect(read({ tool_use_id: 'toolu_3', input: {} }, [], plans).request.input).toEqual({});
});
