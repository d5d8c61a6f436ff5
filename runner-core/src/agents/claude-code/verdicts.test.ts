import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Verdicts } from './verdicts.js';

// Messages as Claude Code 2.1.197 and 2.1.332 print them; in another language where the sentence must not count.
const asked = { prompt: 'hello', resumeSessionId: null };
const init = { type: 'system', subtype: 'init', slash_commands: ['compact', 'usage'] };
const failed = {
  type: 'result',
  subtype: 'success',
  is_error: true,
  num_turns: 1,
  result: 'Grenze erreicht',
};
const nothingAsked = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  num_turns: 0,
  result: 'so nicht',
};

/** The verdict on the last message. */
function judge(messages: JsonObject[], request: Partial<{ prompt: string; resumeSessionId: string }> = {}) {
  const verdicts = new Verdicts({ ...asked, ...request });
  for (const message of messages) verdicts.read(message);
  return verdicts.of(messages.at(-1) ?? {});
}

const rejected = {
  type: 'rate_limit_event',
  rate_limit_info: { status: 'rejected', resetsAt: 1_796_040_000, rateLimitType: 'five_hour' },
};
const resetsAt = '2026-11-30T12:00:00.000Z';
const limited = { type: 'assistant', message: { content: [] }, error: 'rate_limit' };

test('a usage limit is known by what is meant for programs, and says when it ends', () => {
  const limit = { code: 'usage_limit', message: 'Grenze erreicht', resetsAt };
  expect(judge([init, rejected, limited, { ...failed, api_error_status: 429 }])).toEqual(limit);
  expect(judge([init, rejected, limited, failed])).toEqual(limit);
  const params = { api_error_params: { rate_limit_info: rejected.rate_limit_info } };
  expect(judge([init, { ...limited, ...params }, { ...failed, api_error: 'usage_limit_reached' }])).toEqual(
    limit,
  );
});

test('with an API key nobody says when a limit ends', () => {
  expect(judge([init, limited, { ...failed, api_error_status: 429 }])).toMatchObject({
    code: 'usage_limit',
    resetsAt: null,
  });
  const allowed = { ...rejected, rate_limit_info: { status: 'allowed', resetsAt: 1_796_040_000 } };
  expect(judge([init, rejected, allowed, { ...failed, api_error_status: 429 }])).toMatchObject({
    resetsAt: null,
  });
});

test('a limit that was reached and passed does not make another failure one, nor does a sentence about limits', () => {
  const other = { ...failed, api_error_status: 529, result: 'You have hit your usage limit · resets 12pm' };
  expect(judge([init, rejected, { ...limited, error: 'server_error' }, other])?.code).toBe('agent_error');
  expect(judge([init, rejected, { ...failed, is_error: false }])).toBeNull();
  // A subagent that met a limit is not the session.
  expect(judge([init, { ...limited, parent_tool_use_id: 't1' }, failed])?.code).toBe('agent_error');
  expect(judge([init, limited, { ...failed, is_error: false }, failed])?.code).toBe('agent_error');
});

test('a limit is a limit also where its sentence says how to log in', () => {
  const result = 'Limit reached. Please run /login to use another account.';
  expect(judge([init, rejected, limited, { ...failed, api_error_status: 429, result }])?.code).toBe(
    'usage_limit',
  );
});

test('a missing login is known by the CLI’s own name for it', () => {
  const message = { ...limited, error: 'authentication_failed' };
  expect(judge([init, message, failed])?.code).toBe('agent_not_logged_in');
});

const id = '01234567-89ab-4def-8123-456789abcdef';
const missing = {
  type: 'result',
  subtype: 'error_during_execution',
  is_error: true,
  num_turns: 0,
  errors: [`No conversation found with session ID: ${id}`],
};

test('a session that is not there says so, with a way out', () => {
  const verdict = judge([missing], { resumeSessionId: id });
  expect(verdict).toMatchObject({ code: 'session_not_found' });
  expect(verdict?.message).toBe(
    `No conversation found with session ID: ${id}. A fresh follow-up begins a new session with the same prompt.`,
  );
});

test('other failures at the start are no missing session', () => {
  expect(judge([missing])?.code).toBe('agent_error');
  expect(judge([{ ...missing, errors: ['No disk'] }], { resumeSessionId: id })?.code).toBe('agent_error');
  expect(judge([init, missing], { resumeSessionId: id })?.code).toBe('agent_error');
  const held = { ...missing, startup_failure_reason: 'session_held_by_background' };
  expect(judge([held], { resumeSessionId: id })?.code).toBe('agent_error');
});

const informational = {
  type: 'system',
  subtype: 'informational',
  content: 'UserPromptSubmit operation blocked by hook:\nno secrets\n\nOriginal prompt: hello',
  prevent_continuation: true,
};

test('a prompt that a hook refused is a failure, with the hook’s reason', () => {
  const outcome = {
    prompt_submit_outcome: { kind: 'blocked_by_hook', prompt_kept: false, reason: 'no secrets' },
  };
  expect(judge([init, { ...informational, ...outcome }, nothingAsked])).toEqual({
    code: 'prompt_blocked',
    message: 'A hook refused the prompt: no secrets',
  });
  expect(judge([init, informational, nothingAsked])).toMatchObject({
    code: 'prompt_blocked',
    message: expect.stringContaining('no secrets'),
  });
  const hook = {
    type: 'system',
    subtype: 'hook_response',
    hook_event: 'UserPromptSubmit',
    exit_code: 2,
    stderr: 'no\n',
  };
  expect(judge([hook, init, nothingAsked])?.message).toBe('A hook refused the prompt: no');
  const json = { ...hook, exit_code: 0, stdout: '{"decision":"block","reason":"because"}\n' };
  expect(judge([json, init, nothingAsked])?.message).toBe('A hook refused the prompt: because');
});

test('a hook that only ended a turn, or did not refuse, refused no prompt', () => {
  expect(judge([init, informational, { ...nothingAsked, num_turns: 2 }])).toBeNull();
  expect(judge([init, informational, nothingAsked, nothingAsked])).toBeNull();
  const hook = { type: 'system', subtype: 'hook_response', hook_event: 'UserPromptSubmit', exit_code: 0 };
  for (const stdout of ['{"decision":"approve"}', 'block', '{', ''])
    expect(judge([{ ...hook, stdout }, init, nothingAsked])).toBeNull();
  expect(judge([{ ...hook, hook_event: 'PreToolUse', exit_code: 2 }, init, nothingAsked])).toBeNull();
});

test('a command that the CLI says it lacks is a failure', () => {
  const lacks = (kind: string) => ({
    type: 'assistant',
    message: { model: '<synthetic>', content: [] },
    local_command_outcome: { kind },
  });
  const verdict = { code: 'unknown_command', message: 'so nicht' };
  expect(judge([init, lacks('unknown'), nothingAsked])).toEqual(verdict);
  expect(judge([init, lacks('unavailable_headless'), nothingAsked])).toEqual(verdict);
  expect(judge([init, lacks('failed'), nothingAsked])).toBeNull();
});

test('an older CLI that lacks a command answers about it without asking a model', () => {
  const prompt = '/nosuch thing';
  const result = { ...nothingAsked, result: 'Gibt es nicht: /nosuch' };
  expect(judge([init, result], { prompt })).toEqual({ code: 'unknown_command', message: result.result });
  // It ran, under another of its names.
  expect(judge([init, { ...result, result: 'Total cost: 0' }], { prompt: '/cost' })).toBeNull();
  expect(judge([init, { ...result, result: 'about /usage' }], { prompt: '/usage' })).toBeNull();
  // The model answered it.
  expect(judge([init, { ...result, num_turns: 1 }], { prompt })).toBeNull();
  expect(judge([init, { ...result, result: 'hello' }], { prompt: 'hello' })).toBeNull();
});
