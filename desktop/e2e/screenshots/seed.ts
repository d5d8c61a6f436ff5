import { openDatabase } from '@agentfleet/server';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { ScriptedRunner } from '../browser/scripted-runner.js';
import { fillHistory } from './history.js';
import { askingSession, healthSession, presentWork, waitingSession } from './sessions.js';

export interface Scene {
  /** The session to open. */
  sessionId: string;
  /** One that waits for a person. */
  waitingId: string;
  /** One whose Claude has questions. */
  askingId: string;
  runnerId: string;
  /** Lets the runners go. */
  end: () => void;
}

/** A fleet as a small team has it: four machines, a month of sessions, a few at work right now. */
export async function seed(fleet: Fleet): Promise<Scene> {
  await fleet.killDaemon();
  const { data } = await fleet.get<{ data: { id: string }[] }>('/runners');
  for (const { id } of data) await fleet.request('DELETE', `/runners/${id}`);
  const connect = (name: string, facts: Parameters<typeof ScriptedRunner.connect>[2]) =>
    ScriptedRunner.connect(fleet.url, fleet.key, { name, ...facts });
  const mac = await connect('workshop-mac', {
    hostname: 'workshop.local',
    platform: 'darwin',
    arch: 'arm64',
    directories: ['/Users/ann/code'],
    maxConcurrentRuns: 4,
  });
  const build = await connect('build-server', {
    hostname: 'build-1',
    directories: ['/srv/code', '/srv/releases'],
    permissionModes: ['default', 'acceptEdits', 'bypassPermissions', 'plan'],
    maxConcurrentRuns: 2,
  });
  const studio = await connect('studio-pc', {
    hostname: 'STUDIO-PC',
    platform: 'win32',
    directories: ['C:\\Users\\ann\\code'],
    permissionModes: ['default', 'acceptEdits', 'plan'],
    maxConcurrentRuns: 2,
  });
  const attic = await connect('attic-nas', {
    hostname: 'attic',
    arch: 'arm64',
    directories: ['/volume1/projects'],
    permissionModes: ['default', 'plan'],
    maxConcurrentRuns: 1,
  });
  await fleet.request('POST', `/runners/${attic.id}/pause`, {
    note: 'A disk is being replaced; back on Friday',
  });
  await fleet.request('POST', '/api-keys', { name: 'workshop-mac', scopes: ['runner'] });
  await fleet.request('POST', '/api-keys', { name: 'build-server', scopes: ['runner'] });
  await fleet.request('POST', '/api-keys', {
    name: 'nightly job in CI',
    scopes: ['runs:write'],
    expiresAt: new Date(Date.now() + 40 * 86_400_000).toISOString(),
  });
  const unix = (base: string) => (project: string) => `${base}/${project}`;
  await fillHistory(
    fleet,
    [
      { id: mac.id, folder: unix('/Users/ann/code'), share: 5 },
      { id: build.id, folder: unix('/srv/code'), share: 3 },
      { id: studio.id, folder: (project) => `C:\\Users\\ann\\code\\${project}`, share: 2 },
      { id: attic.id, folder: unix('/volume1/projects'), share: 0.5 },
    ],
    Date.now(),
  );
  const leaves = [mac, build, studio].map((runner) => runner.stay());
  const sessionId = await healthSession(fleet, mac);
  const askingId = await askingSession(fleet, mac);
  const waitingId = await waitingSession(fleet, mac);
  await presentWork(fleet, build, studio);
  await settle(fleet);
  return {
    sessionId,
    waitingId,
    askingId,
    runnerId: build.id,
    end: () => {
      for (const leave of leaves) leave();
    },
  };
}

/** Moves what was just seeded into the past, as if it had taken its time. */
async function settle(fleet: Fleet): Promise<void> {
  await fleet.killServer();
  const database = await openDatabase({ dataDir: fleet.dataDir });
  const at = async (name: string, text: string) => database.query({ name, text }, []);
  try {
    await at('age-runners', `UPDATE runners SET created_at = now() - interval '74 days'`);
    await at(
      'age-attic',
      `UPDATE runners SET last_seen_at = now() - interval '2 days', paused_at = now() - interval '2 days'
       WHERE name = 'attic-nas'`,
    );
    await at(
      'age-keys',
      `UPDATE api_keys SET created_at = now() - interval '74 days', last_used_at = now() - interval '3 minutes'
       WHERE name LIKE '%-%'`,
    );
    await at(
      'age-finished',
      `UPDATE runs SET created_at = now() - length(input) * interval '14 seconds',
         started_at = now() - length(input) * interval '14 seconds',
         finished_at = now() - length(input) * interval '12 seconds'
       WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL`,
    );
    await at(
      'age-running',
      `UPDATE runs SET created_at = now() - length(input) * interval '5 seconds',
         started_at = now() - length(input) * interval '5 seconds'
       WHERE finished_at IS NULL AND started_at IS NOT NULL`,
    );
  } finally {
    await database.close();
  }
  await fleet.startServer();
}
