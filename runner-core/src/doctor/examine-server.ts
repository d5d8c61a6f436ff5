import { allows } from '@agentfleet/contract';
import { type Answer, type ControlPlane, ControlPlaneError, refusalOf } from '../control-plane/client.js';
import { type KnownMe, readMe } from '../control-plane/read-me.js';
import { broken, brokenAs, type Finding, fine } from './finding.js';

/** How far the clocks may be apart, ms: events show times of this machine. */
const clockToleranceMs = 60_000;

const newKey = 'Create one under Settings → API Keys and set AGENTFLEET_API_KEY.';

/**
 * Whether the control API can be reached, takes the key, and has the same time.
 * @param credential the runner's own, where it has one
 */
export async function* examineServer(server: ControlPlane, credential?: string): AsyncGenerator<Finding> {
  let answer: Answer;
  try {
    answer = await server.send('GET', '/api/v1/me');
  } catch (error) {
    const { message } = error as Error;
    yield broken(message, mendOf(error) + (server.proxy ? ` It is asked through ${server.proxy}.` : ''));
    return;
  }
  const me = answer.status === 200 ? readMe(answer.text) : undefined;
  const refusal = me ? undefined : refusalOf(answer, server.url);
  // Whatever is not in our envelope comes from something between us and the server.
  if (refusal?.code === 'UNAVAILABLE' || refusal?.code === 'INTERNAL') {
    const mend = refusal.isOurs
      ? 'Look at the server: its log says more.'
      : 'Set AGENTFLEET_URL to where the control API is, as /docs of it shows.';
    yield brokenAs(refusal.message, mend);
    return;
  }
  yield fine(`The control API answers at ${server.url}${server.proxy ? ` through ${server.proxy}` : ''}`);
  const isTaken = credential !== undefined && (await takes(server, credential));
  if (isTaken) yield fine('This machine is enrolled, and its own credential is good');
  // A key that has enrolled it may end: it is not needed any more.
  if (!isTaken || refusal?.code !== 'UNAUTHORIZED')
    yield me ? examineScopes(me, isTaken) : examineRefusal(refusal);
  yield* examineClock(answer);
}

/** Who is refused with it enrols again, with the key. */
async function takes(server: ControlPlane, credential: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${credential}` };
  const answer = await server.send('GET', '/api/v1/me', { headers }).catch(() => undefined);
  return answer?.status === 200;
}

/** @param isEnrolled then the key has done its part, and may be that of a window, which enrols nobody */
function examineScopes({ key, org }: KnownMe, isEnrolled: boolean): Finding {
  if (isEnrolled || allows(key.scopes, 'runner')) return fine(`The key belongs to ${org.name}`);
  return broken(`The key “${key.name}” lacks the scope runner`, newKey.replace('one', 'one that has it'));
}

function examineRefusal(refusal: ControlPlaneError | undefined): Finding {
  if (refusal?.code === 'UNAUTHORIZED') return broken('The key is wrong, expired or revoked', newKey);
  return brokenAs(refusal?.message ?? 'The control API refuses', 'Set AGENTFLEET_URL to where it is.');
}

function* examineClock(answer: Answer): Generator<Finding> {
  const apart = Date.now() - Date.parse(answer.headers.date ?? '');
  // A proxy may leave the date out: then nothing is known.
  if (Number.isNaN(apart)) return;
  if (Math.abs(apart) <= clockToleranceMs) {
    yield fine('The clock is right');
    return;
  }
  const seconds = Math.round(Math.abs(apart) / 1_000);
  const what = `The clock is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} the server’s`;
  yield broken(what, 'Turn on automatic time (NTP) on this machine, or on the server if its time is wrong.');
}

/** What to do about a connection that failed, by the name that the system gives the failure. */
function mendOf(error: unknown): string {
  const code = error instanceof ControlPlaneError ? (error.reason ?? '') : '';
  if (code === 'ECONNREFUSED') return 'Start the server there, or correct AGENTFLEET_URL.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'Correct the name in AGENTFLEET_URL, or look at the network of this machine.';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return 'If the server has no HTTPS, let AGENTFLEET_URL begin with http://';
  if (code === 'ECONNRESET') return 'If the server wants HTTPS, let AGENTFLEET_URL begin with https://';
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code))
    return 'Its certificate is not trusted here: set NODE_EXTRA_CA_CERTS to the file of the authority that made it.';
  return 'Check AGENTFLEET_URL, the network, and HTTPS_PROXY if you need one.';
}
