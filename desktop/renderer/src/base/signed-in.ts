import { allows, type BrowserSession, type Scope } from '@agentfleet/contract';
import { createContext, useContext } from 'react';

export const SignedIn = createContext<BrowserSession | null>(null);

/** Who is signed in: the org, the key, and what it may do. */
export function useSignedIn(): BrowserSession {
  const session = useContext(SignedIn);
  if (!session) throw new Error('SignedIn is missing above this component');
  return session;
}

/** Whether the signed-in key may call what needs this scope; the server decides in the end. */
export function useMay(scope: Scope): boolean {
  return allows(useSignedIn().key.scopes, scope);
}

/** Whether it may answer and cancel the sessions that it sees: the window of a computer may, for those of its own runner. */
export function useMayAct(): boolean {
  const { scopes, windowOf } = useSignedIn().key;
  return allows(scopes, 'runs:write') || !!windowOf;
}
