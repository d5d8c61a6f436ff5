// Builds the daemon into one file that needs nothing beside it: runner/agentfleet-runner.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

await build({
  entryPoints: [join(import.meta.dirname, 'src/headless.ts')],
  outfile: join(repository, 'runner/agentfleet-runner.mjs'),
  bundle: true,
  minify: true,
  // Names stay: they are in what a fault prints.
  keepNames: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  conditions: ['source'],
  legalComments: 'inline',
  define: { AGENTFLEET_VERSION: JSON.stringify(version) },
  banner: {
    js: `#!/usr/bin/env node\n// AgentFleet runner ${version}. MIT licence.\nimport { createRequire as agentfleetRequire } from 'node:module'; const require = agentfleetRequire(import.meta.url);`,
  },
  logLevel: 'warning',
});
