import type { ApiRequest } from '@agentfleet/bridge';
import { Approval } from '@agentfleet/contract';
import * as z from 'zod';
import type { ApiRelay } from '../ipc/api-relay.js';
import type { Asked } from '../runner/local-sessions.js';

const Approvals = z.object({ data: z.array(Approval.pick({ id: true, message: true })) });

/**
 * Allows or denies what a session asks for, as the window would.
 * @returns whether it was; else the person has to look at the session, as where the key may not
 */
export async function answerAsked(
  relay: Pick<ApiRelay, 'request'>,
  runId: string,
  { message }: Pick<Asked, 'message'>,
  allow: boolean,
): Promise<boolean> {
  const said = async (request: ApiRequest) => {
    const { status, body } = await relay.request(request);
    return status >= 200 && status < 300 ? body : undefined;
  };
  const text = await said({ method: 'GET', path: `/approvals?runId=${runId}&state=waiting&limit=50` });
  const listed = text === undefined ? undefined : Approvals.safeParse(parsed(text)).data?.data;
  // Where two ask for the same, one answer is about one of them.
  const asked = listed?.find((each) => each.message === message);
  if (!asked) return false;
  const decision = allow ? 'allow' : 'deny';
  return (
    (await said({ method: 'POST', path: `/approvals/${asked.id}/decision`, body: { decision } })) !==
    undefined
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
