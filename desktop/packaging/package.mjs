// Packages the app as electron-builder.yml says: `npm run package`, and `-- --linux deb` for one of its targets.
// AGENTFLEET_UPDATES_URL is the address below which its updates will lie.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { signingOptions } from './signing.mjs';
import { updatesOptions } from './updates-address.mjs';

const updates = updatesOptions(process.env.AGENTFLEET_UPDATES_URL);
if (!updates.ok) {
  console.error(updates.problem);
  process.exit(2);
}
console.log(updates.says);
const require = createRequire(import.meta.url);
const { findIdentity } = require('app-builder-lib/out/codeSign/macCodeSign.js');
const args = process.argv.slice(2);
const { platform, env } = process;
const signing = await signingOptions({ platform, env, args, findIdentity });
if (signing.length > 0)
  console.log('There is no certificate: this build is signed ad hoc, for this Mac alone.');
const builder = require.resolve('electron-builder/cli.js');
const { status } = spawnSync(
  process.execPath,
  [
    builder,
    '--config',
    '../electron-builder.yml',
    '--publish',
    'never',
    ...updates.options,
    ...signing,
    ...args,
  ],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
);
process.exit(status ?? 1);
