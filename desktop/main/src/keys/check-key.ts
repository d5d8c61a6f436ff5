import type { KeyCheck } from '@agentfleet/bridge';
import { allows, isWellFormedApiKey } from '@agentfleet/contract';
import { type Answer, ControlPlane, readMe } from '@agentfleet/runner-core';
import { keyHint } from './api-key.js';

/** Of an answer, bytes: whose it is is being found out. */
const mostBytes = 1024 ** 2;

/** What is wrong with a text that was pasted as a key, before it is sent anywhere; undefined where nothing is. */
export function problemOfKey(text: string): string | undefined {
  return isWellFormedApiKey(text)
    ? undefined
    : 'The clipboard holds no AgentFleet key. Copy one whole: it begins with af_live_ and has 46 characters.';
}

/** Tries a well-formed key at a server. Never rejects: what is wrong is a sentence with the mend. */
export async function checkKey(server: string, key: string, version: string): Promise<KeyCheck> {
  let answer: Answer;
  try {
    answer = await new ControlPlane({ url: server, apiKey: key, version }).send('GET', '/api/v1/me', {
      mostBytes,
    });
  } catch (error) {
    return { ok: false, problem: `${(error as Error).message}. Check the address and the network.` };
  }
  if (answer.status === 401) {
    return { ok: false, problem: 'The server does not take this key: it is wrong, expired or revoked.' };
  }
  const me = answer.status === 200 ? readMe(answer.text) : undefined;
  if (!me)
    return {
      ok: false,
      problem: `What answers at ${server} is no AgentFleet server (HTTP ${answer.status}).`,
    };
  if (!allows(me.key.scopes, 'runner')) {
    const problem = 'The key lacks the scope runner. Make one that may connect a runner, or an admin key.';
    return { ok: false, problem };
  }
  return { ok: true, server, hint: keyHint(key), org: me.org.name, scopes: me.key.scopes };
}
