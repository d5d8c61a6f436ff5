// The promises about what `npm run build` makes: the daemon is one small file that needs nothing beside it. What the
// dashboard loads is measured in a browser: desktop/e2e/browser/first-load.browser.test.ts.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const daemon = join(import.meta.dirname, '../runner/agentfleet-runner.mjs');
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));

const kilobytes = statSync(daemon).size / 1000;
check(`the daemon is at most 500 KB (${kilobytes.toFixed(0)} KB)`, kilobytes <= 500);

const { ownMigrations } = await import('../server/dist/db/open.js');
const { readyMadeFile } = await import('../server/dist/db/ready-made.js');
check('a first start finds a database with every migration', existsSync(readyMadeFile(ownMigrations())));

const alone = mkdtempSync(join(tmpdir(), 'agentfleet-daemon-'));
try {
  const copy = join(alone, 'agentfleet-runner.mjs');
  copyFileSync(daemon, copy);
  const env = { PATH: process.env.PATH, HOME: alone };
  const said = execFileSync(process.execPath, [copy, '--version'], { cwd: alone, env, encoding: 'utf8' });
  check(
    `it runs with no node_modules beside it and says its version (${said.trim()})`,
    said.includes(version),
  );
} finally {
  rmSync(alone, { recursive: true });
}

function check(what, holds) {
  console.log(`${holds ? 'ok' : 'FAILED'}: ${what}`);
  if (!holds) process.exitCode = 1;
}
