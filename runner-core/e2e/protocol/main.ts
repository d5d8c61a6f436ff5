// `npm run test:claude -- VERSION`: see CONTRIBUTING.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { at, pinned } from '../clis.js';
import { differences } from './compare.js';
import { install } from './install.js';
import { record } from './record.js';
import { shapeOf } from './shape.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, 'no-specs': { type: 'boolean' } },
});
const [version] = positionals;
if (version === undefined || positionals.length > 1) {
  console.error('Say which version, e.g. `npm run test:claude -- 2.1.332`.');
  process.exit(2);
}

const base = values.against ? at(await install(values.against)) : pinned;
const other = at(await install(version));
console.log(`${other.name} against ${base.name}\n`);
// At once: both spend most of the time waiting for themselves.
const [before, now] = await Promise.all([record(base.executable), record(other.executable)]);
const told = differences(shapeOf(before), shapeOf(now));
console.log(told.length === 0 ? 'They say the same.\n' : told.join('\n'));

if (values['no-specs']) process.exit(0);
console.log(`The specs about Claude Code, on ${other.version}:`);
const repository = join(import.meta.dirname, '../../..');
const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
// Those that run once for each version are named after it.
const specs = spawn(process.execPath, [vitest, 'run', '--project', 'e2e', '-t', 'Claude Code \\d'], {
  cwd: repository,
  env: { ...process.env, TEST_CLAUDE_PATH: other.executable },
  stdio: 'inherit',
});
const [code] = await once(specs, 'exit');
process.exit(code ?? 1);
