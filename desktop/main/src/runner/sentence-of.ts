import { ControlPlaneError } from '@agentfleet/runner-core';
import { inAppWords } from './app-words.js';

/** Why a runner is not online, for a person. */
export function sentenceOf(error: Error): string {
  const refusal = error instanceof ControlPlaneError ? error : undefined;
  if (refusal?.code === 'UNAUTHORIZED')
    return 'The key is wrong, expired or revoked. Replace it in the settings.';
  if (refusal?.lacksScope)
    return 'This computer’s credential was revoked, and its key makes no other. Sign in again.';
  if (refusal?.code === 'UNREACHABLE') return unreachableWords(refusal);
  return inAppWords(error.message).replace(/\.?$/, '.');
}

/** The system's names for what failed are in the log. */
function unreachableWords({ message, reason = '' }: ControlPlaneError): string {
  return message.replace(` (${reason})`, '').replace(/\.?$/, '.');
}
