import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AppSettings } from '@agentfleet/bridge';
import { allows, type Scope, type WindowScope } from '@agentfleet/contract';
import { ControlPlane, connectComputer } from '@agentfleet/runner-core';

export interface KeyToExchange {
  server: string;
  key: string;
  settings: AppSettings;
  /** The app's own. */
  env: NodeJS.ProcessEnv;
  version: string;
  /** What somebody allowed the window; what the key has, but for managing keys, where it is not given. */
  window?: WindowScope | undefined;
}

export interface OwnKey {
  text: string;
  /** The runner whose window it is; null for a key as people make them. */
  runnerId: string | null;
}

/**
 * The key that this computer is to keep instead of one it was given: its window's own, while its runner has its own credential.
 * It is the same one where it is that already, and where the server is older and knows no other. Rejects with a sentence.
 */
export async function ownKey(given: KeyToExchange): Promise<OwnKey> {
  const { server, key, settings, env, version, window } = given;
  const me = await new ControlPlane({ url: server, apiKey: key, version }).call('getMe');
  if (me.key.windowOf) return { text: key, runnerId: me.key.windowOf };
  const opened = await connectComputer({
    settings: { ...settings, url: server, runnerDir: runnerDirOf(env) },
    apiKey: key,
    scopes: window === undefined ? windowScopes(me.key.scopes) : [window],
    version,
  });
  return { text: opened?.key.key ?? key, runnerId: opened?.key.windowOf ?? null };
}

/** A session of this user can take what lies in the keychain: it is not more than watching and answering takes. */
export function windowScopes(scopes: readonly Scope[]): WindowScope[] {
  const scope = (['runs:write', 'runs:read'] as const).find((each) => allows(scopes, each));
  return scope === undefined ? [] : [scope];
}

/** The daemon's: on one machine both are the same runner. */
export function runnerDirOf(env: NodeJS.ProcessEnv): string {
  return env.AGENTFLEET_RUNNER_DIR?.trim() || join(homedir(), '.agentfleet', 'runner');
}
