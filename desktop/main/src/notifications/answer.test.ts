import type { ApiRequest } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import { answerAsked } from './answer.js';

const runId = 'clrabcdefgh12345';
const asked = { message: 'Bash npm test' };

/** A server that lists these, and answers a decision with the status. */
function serverWith(listed: { id: string; message: string }[] | undefined, decided = 200) {
  const decisions: ApiRequest[] = [];
  const request = async (request: ApiRequest) => {
    if (request.method === 'GET') {
      const status = listed ? 200 : 403;
      return { status, retryAfter: null, body: listed ? JSON.stringify({ data: listed }) : 'no' };
    }
    decisions.push(request);
    return { status: decided, retryAfter: null, body: '{}' };
  };
  return { relay: { request }, decisions };
}

test('it decides about the very thing that was asked, and no other', async () => {
  const { relay, decisions } = serverWith([
    { id: 'apr_aaaaaaaaaaaaaaaaaaaa', message: 'Bash npm test\nrm -rf ~' },
    { id: 'apr_bbbbbbbbbbbbbbbbbbbb', message: 'Bash npm test' },
  ]);
  expect(await answerAsked(relay, runId, asked, true)).toBe(true);
  expect(await answerAsked(relay, runId, asked, false)).toBe(true);
  expect(decisions).toMatchObject([
    { path: '/approvals/apr_bbbbbbbbbbbbbbbbbbbb/decision', body: { decision: 'allow' } },
    { path: '/approvals/apr_bbbbbbbbbbbbbbbbbbbb/decision', body: { decision: 'deny' } },
  ]);
});

test.each([
  ['it is over', serverWith([])],
  ['the key may not read it', serverWith(undefined)],
  ['somebody was quicker', serverWith([{ id: 'apr_bbbbbbbbbbbbbbbbbbbb', message: 'Bash npm test' }], 409)],
])('where %s the person has to look', async (_why, { relay }) => {
  expect(await answerAsked(relay, runId, asked, true)).toBe(false);
});
