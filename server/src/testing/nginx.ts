import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './postgres.js';

/** Whether this machine has nginx: what stands behind one is tested where it does. */
export const hasNginx = spawnSync('nginx', ['-v']).error === undefined;

/** The example for nginx as the README has it. */
export function nginxExample(): string {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, example] = /```nginx\n([^`]*)```/.exec(readme) ?? [];
  if (example === undefined) throw new Error('The README has no example for nginx');
  return example;
}

export interface Nginx {
  /** How browsers reach it, e.g. `http://localhost:40123`. */
  url: string;
  close(): Promise<void>;
}

/** The README's example before a server on loopback. @param port the server's own */
export const startNginx = (port: number): Promise<Nginx> =>
  start(nginxExample().replaceAll('localhost:7373', `localhost:${port}`));

/** The same before several servers, as docs/data.md has it. */
export function startBalancer(ports: readonly number[]): Promise<Nginx> {
  const page = readFileSync(new URL('../../../docs/data.md', import.meta.url), 'utf8');
  const [, upstream] = /```nginx\n(upstream [^`]*)```/.exec(page) ?? [];
  if (upstream === undefined) throw new Error('docs/data.md has no example for nginx');
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const own = upstream.replaceAll(
    /10\.0\.0\.(\d):7373/g,
    (_all, number) => addresses[Number(number) - 1] ?? '',
  );
  const location = nginxExample().replaceAll('http://localhost:7373', 'http://agentfleet');
  return start(location, own);
}

/** @param inServer what a `server` has. @param beside what stands beside it */
async function start(inServer: string, beside = ''): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-nginx-'));
  const own = await freePort();
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
     events {}
     http {
       access_log off;
       ${places.map((place) => `${place}_temp_path ${folder}/${place};`).join(' ')}
       ${beside}
       server { listen 127.0.0.1:${own}; ${inServer} }
     }`,
  );
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const url = `http://localhost:${own}`;
  await answers(url, nginx, () => said);
  return {
    url,
    async close() {
      if (nginx.exitCode === null) {
        nginx.kill('SIGTERM');
        await once(nginx, 'exit');
      }
      rmSync(folder, { recursive: true });
    },
  };
}

async function answers(url: string, nginx: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}: ${said()}`);
    try {
      await fetch(`${url}/healthz`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
