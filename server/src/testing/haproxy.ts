import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './postgres.js';

/** Whether this machine has HAProxy: what happens to servers behind one is tested where it does. */
export const hasHaproxy = spawnSync('haproxy', ['-v']).error === undefined;

export interface Haproxy {
  /** E.g. `http://localhost:40123`. */
  url: string;
  close(): Promise<void>;
}

/** One before servers on these ports of loopback, set up as in docs/data.md, that asks for their state more often. */
export async function startHaproxy(ports: readonly number[]): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-haproxy-'));
  const own = await freePort();
  const servers = ports.map(
    (port, index) => `server s${index} 127.0.0.1:${port} check inter 200ms fall 1 rise 1`,
  );
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 90s
  timeout server 90s
  timeout check 5s
listen agentfleet
  bind 127.0.0.1:${own}
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host localhost
  ${servers.join('\n  ')}
`,
  );
  const haproxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
  const url = `http://localhost:${own}`;
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (haproxy.exitCode !== null) throw new Error('HAProxy does not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async close() {
      haproxy.kill('SIGKILL');
      if (haproxy.exitCode === null && haproxy.signalCode === null) await once(haproxy, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
