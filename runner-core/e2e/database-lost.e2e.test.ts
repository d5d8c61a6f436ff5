import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, Program, until } from './program.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentfleet-database-lost-'));
  const template = process.env.TEST_EMBEDDED_TEMPLATE;
  if (template) cpSync(template, join(home, 'data'), { recursive: true });
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

/** Ends the thread of the embedded database at a signal, as a WebAssembly trap or want of memory would. */
const killer = `data:text/javascript,process.on("worker", (thread) => process.on("SIGUSR2", () => thread.terminate()))`;

// Windows has no signals to say when.
test.skipIf(process.platform === 'win32')(
  'a server whose database thread dies says so and ends with 1, and the next start has what was stored',
  async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const settings = { PORT: String(port), AGENTFLEET_DATA_DIR: join(home, 'data') };
    const file = join(home, 'key');
    const first = new Program('server/dist/main.js', [], home, {
      ...settings,
      AGENTFLEET_FIRST_KEY_FILE: file,
      NODE_OPTIONS: `--import=${encodeURI(killer)}`,
    });
    await until(() => first.said.includes('is serving at') || first.hasEnded);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    first.child.kill('SIGUSR2');
    expect(await first.ended()).toBe(1);
    expect(first.said).toContain('The embedded database has ended');
    expect(first.said).toContain('start AgentFleet again');

    const second = new Program('server/dist/main.js', [], home, settings);
    await until(() => second.said.includes('is serving at') || second.hasEnded);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    // It knows that its first key was made.
    expect(second.said).not.toContain('create-key');
    // An end in order is none of that.
    expect(await second.end('SIGTERM')).toBe(0);
    expect(second.said).not.toContain('has ended');
  },
);
