import { expect, test } from 'vitest';
import { answerTo, withdrawnRequest } from './control.js';

test('a request of tomorrow is answered with an error, so that the CLI does not wait for ever', () => {
  const message = { type: 'control_request', request_id: 'r2', request: { subtype: 'new_thing' } };
  expect(answerTo(message)).toMatchObject({ response: { subtype: 'error', request_id: 'r2' } });
});

test('what is no request gets no answer', () => {
  expect(answerTo({ type: 'assistant' })).toBeUndefined();
});

test('the CLI says when it no longer wants an answer', () => {
  expect(withdrawnRequest({ type: 'control_cancel_request', request_id: 'r1' })).toBe('r1');
  expect(withdrawnRequest({ type: 'control_request', request_id: 'r1' })).toBeUndefined();
});
