import { ControlPlane, ControlPlaneError, refusalOf } from '@agentfleet/runner-core';
import { meantAddresses } from './meant-addresses.js';

/** How long an address may take to answer, ms. */
const patienceMs = 8_000;
/** Of an answer, bytes: nobody knows yet who answers. */
const mostBytes = 1024 ** 2;
/** A server whose certificate is not trusted is not asked without encryption instead. */
const ofCertificates = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/;

/**
 * Finds the control API that a typed address means, by asking: without a key. Throws an Error with a sentence that says
 * what each address answered.
 */
export async function findServer(typed: string, version: string): Promise<string> {
  const problems: string[] = [];
  const silent = new Set<string>();
  for (const address of meantAddresses(typed)) {
    const { origin } = new URL(address);
    if (silent.has(origin)) continue;
    const found = await look(address, version);
    if (found === undefined) return address;
    problems.push(found.problem);
    if (found.isFinal) break;
    // It is silent whatever the path.
    if (found.isSilent) silent.add(origin);
  }
  const [first = '', ...more] = problems;
  throw new Error(
    [
      `${first}.`,
      ...more.slice(-1).map((problem) => `${problem}.`),
      'Check the address and the network.',
    ].join(' '),
  );
}

/** Undefined where the control API answers. */
async function look(
  address: string,
  version: string,
): Promise<{ problem: string; isSilent: boolean; isFinal: boolean } | undefined> {
  try {
    const plane = new ControlPlane({ url: address, apiKey: '', version, patienceMs });
    const answer = await plane.send('GET', '/api/v1/me', { mostBytes });
    const { isOurs, code, message } = refusalOf(answer, address);
    // It asks for a key, in the words of its own: nothing else does.
    if (isOurs && code === 'UNAUTHORIZED') return undefined;
    // It speaks so below every path, also where its API is not.
    const isElsewhere = !isOurs || code === 'NOT_FOUND';
    const problem = isElsewhere
      ? `What answers at ${address} is no AgentFleet server`
      : `${address} says: ${message.replace(/\.$/, '')}`;
    return { problem, isSilent: false, isFinal: false };
  } catch (error) {
    if (!(error instanceof ControlPlaneError)) throw error;
    const { message, reason = '' } = error;
    // What the system calls it helps nobody who typed an address.
    const problem = message.replace(` (${reason})`, '');
    return { problem, isSilent: true, isFinal: ofCertificates.test(reason) };
  }
}
