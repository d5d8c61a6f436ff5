import { expect, test } from 'vitest';
import { answerTo } from './control.js';

test('a tool that asks for a permission is denied with a reason', () => {
  const request = { subtype: 'can_use_tool', tool_name: 'Bash', input: {} };
  expect(answerTo({ type: 'control_request', request_id: 'r1', request })).toMatchObject({
    type: 'control_response',
    response: {
      subtype: 'success',
      request_id: 'r1',
      response: { behavior: 'deny', message: expect.stringContaining('Bash needs a permission') },
    },
  });
});

test('a request of tomorrow is answered with an error, so that the CLI does not wait for ever', () => {
  const message = { type: 'control_request', request_id: 'r2', request: { subtype: 'new_thing' } };
  expect(answerTo(message)).toMatchObject({ response: { subtype: 'error', request_id: 'r2' } });
});

test('what is no request gets no answer', () => {
  expect(answerTo({ type: 'assistant' })).toBeUndefined();
});
