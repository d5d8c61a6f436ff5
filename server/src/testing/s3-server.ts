import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Place } from '../logstore/s3-store.js';

/** The program of an S3 server, which the lane `s3` installs; undefined elsewhere. */
export const s3Program = process.env.TEST_S3RVER;

/** An S3 server in a process of its own, with a bucket, whose objects outlive its process. */
export interface S3Server {
  place: S3Place;
  start(): Promise<void>;
  /** By force, in the middle of whatever it does. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export async function makeS3Server(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-s3-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    place: {
      ...{ bucket: 'logs', prefix: 'fleet/', endpoint, region: 'us-east-1' },
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    },
    async start() {
      const args = [
        '-d',
        folder,
        '-a',
        '127.0.0.1',
        '-p',
        String(port),
        '--configure-bucket',
        'logs',
        '--silent',
      ];
      child = spawn(process.execPath, [s3Program ?? '', ...args], { stdio: 'ignore' });
      for (;;) {
        if (child.exitCode !== null) throw new Error(`The S3 server ended with ${child.exitCode}`);
        if (
          await fetch(endpoint).then(
            () => true,
            () => false,
          )
        )
          return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
