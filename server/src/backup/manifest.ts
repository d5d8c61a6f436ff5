import * as z from 'zod';
import { ConfigError } from '../config.js';
import type { Migration } from '../db/migrations.js';

/** What a backup of an embedded database begins with: which migrations its database has. */
const Manifest = z.object({
  format: z.literal('agentfleet-embedded-1'),
  migrations: z.array(z.string()),
  madeAt: z.string(),
});
export const manifestName = 'agentfleet-backup.json';

export function manifestOf(migrations: string[]): string {
  const manifest = { format: 'agentfleet-embedded-1', migrations, madeAt: new Date().toISOString() };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Its migrations. Throws ConfigError. */
export function readManifest(text: string): string[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  const manifest = Manifest.safeParse(read);
  if (manifest.success) return manifest.data.migrations;
  throw new ConfigError('The file is not a backup that this AgentFleet can read. A newer one may.');
}

/** Throws ConfigError where a backup has migrations that are not known here. */
export function refuseNewer(migrations: readonly string[], known: readonly Migration[]): void {
  const names = new Set(known.map(({ name }) => name));
  const newer = migrations.filter((name) => !names.has(name));
  if (newer.length === 0) return;
  throw new ConfigError(
    `The backup was made by a newer AgentFleet (its database has ${newer.join(', ')}). Update this one, then restore it. Nothing was changed.`,
  );
}
