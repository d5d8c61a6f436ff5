// Packages the app as electron-builder.yml says: `npm run package`, and `-- --linux deb` for one of its targets.
// AGENTFLEET_UPDATES_URL is the address below which its updates will lie.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { updatesOptions } from './updates-address.mjs';

const updates = updatesOptions(process.env.AGENTFLEET_UPDATES_URL);
if (!updates.ok) {
  console.error(updates.problem);
  process.exit(2);
}
console.log(updates.says);
const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js');
const { status } = spawnSync(
  process.execPath,
  [
    builder,
    '--config',
    '../electron-builder.yml',
    '--publish',
    'never',
    ...updates.options,
    ...process.argv.slice(2),
  ],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
);
process.exit(status ?? 1);
