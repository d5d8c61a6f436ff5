import { arch, hostname } from 'node:os';
import type { OpenedWindow, Platform, WindowScope } from '@agentfleet/contract';
import { ControlPlane, ControlPlaneError } from './control-plane/client.js';
import { Credentials } from './credentials.js';
import { readIdentity } from './identity.js';
import { Registration } from './registration.js';
import type { Settings } from './settings.js';

export interface ComputerToConnect {
  settings: Pick<
    Settings,
    'url' | 'runnerDir' | 'name' | 'directories' | 'permissionModes' | 'maxConcurrentRuns'
  >;
  /** May enrol a runner: what a sign-in gave, or what a person pasted. It is kept nowhere. */
  apiKey: string;
  /** Of those of the key; none is the sessions of this runner alone. */
  scopes: WindowScope[];
  version: string;
  signal?: AbortSignal;
}

/**
 * Exchanges a key for what this computer needs and no more: a credential of its own for its runner, which is kept in the runner's
 * directory, and a key for its window, which is given back. From then on the runner is started with the window's key.
 * Throws ControlPlaneError. @returns undefined where the server is older and knows no windows: then the key itself is used
 */
export async function connectComputer(computer: ComputerToConnect): Promise<OpenedWindow | undefined> {
  const { settings, apiKey } = computer;
  const { url, runnerDir } = settings;
  const { machineId } = readIdentity(runnerDir);
  const server = new ControlPlane({ url, apiKey, version: computer.version });
  const open = async (id: string, credential: string): Promise<OpenedWindow> => {
    const body = { credential, scopes: computer.scopes };
    const opened = await server.call('openWindow', { id, body, ...signalOf(computer) });
    // The runner finds its credential by the key that it is started with.
    new Credentials({ runnerDir, url, apiKey: opened.key.key }, machineId).keep(credential, id);
    return opened;
  };
  for (const { runnerId, credential } of new Credentials({ runnerDir, url, apiKey }, machineId).ofServer) {
    try {
      return await open(runnerId, credential);
    } catch (error) {
      // It is of another org, or was revoked. An older server knows no such endpoint.
      if (!(error instanceof ControlPlaneError) || error.code !== 'NOT_FOUND') throw error;
      if (isOlder(error)) return undefined;
    }
  }
  const enrolled = await enrol(computer, machineId);
  if (!enrolled) return undefined;
  try {
    return await open(enrolled.id, enrolled.credential);
  } catch (error) {
    if (error instanceof ControlPlaneError && isOlder(error)) return undefined;
    throw error;
  }
}

/** Makes this machine a runner that is not there yet: it comes when it is started. Undefined where there are no credentials. */
async function enrol(
  computer: ComputerToConnect,
  machineId: string,
): Promise<{ id: string; credential: string } | undefined> {
  const { settings, apiKey, version } = computer;
  const { url, runnerDir, name, directories, permissionModes, maxConcurrentRuns } = settings;
  const server = new ControlPlane({ url, apiKey, version });
  const facts = {
    machineId,
    hostname: hostname(),
    platform: process.platform as Platform,
    arch: arch(),
    version,
  };
  const offers = { name, agentVersion: null, directories, permissionModes, maxConcurrentRuns };
  const registration = new Registration({
    server,
    settings: { url, runnerDir, apiKey },
    say: () => undefined,
  });
  const { signal = new AbortController().signal } = computer;
  const { id } = await registration.register({ ...facts, ...offers }, signal);
  await server
    .call('heartbeat', { id, body: { leases: [], leaving: true }, ...signalOf(computer) })
    .catch(() => undefined);
  const credential = new Credentials({ url, runnerDir, apiKey }, machineId).own;
  return credential === undefined ? undefined : { id, credential };
}

const isOlder = ({ code, message }: ControlPlaneError) =>
  code === 'NOT_FOUND' && message.startsWith('There is no such endpoint');

const signalOf = ({ signal }: ComputerToConnect) => (signal ? { signal } : {});
