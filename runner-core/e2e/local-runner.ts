import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RunnerAddress, type RunnerAsked, RunnerSays } from '@agentfleet/contract';

type Hello = Extract<RunnerSays, { type: 'hello' }>;

/** What the runner that holds a directory says of itself; undefined where none lives. */
export async function localRunner(runnerDir: string): Promise<Hello | undefined> {
  const visit = await visitRunner(runnerDir);
  visit?.socket.destroy();
  return visit?.hello;
}

/** Ends the runner that holds a directory by force, with its sessions. */
export async function killLocalRunner(runnerDir: string): Promise<void> {
  const visit = await visitRunner(runnerDir);
  if (!visit) return;
  const asked: RunnerAsked = 'kill';
  visit.socket.write(`${JSON.stringify(asked)}\n`);
  await new Promise((resolve) => visit.socket.once('close', resolve));
}

async function visitRunner(runnerDir: string): Promise<{ socket: Socket; hello: Hello } | undefined> {
  const file = join(runnerDir, 'runner.json');
  if (!existsSync(file)) return undefined;
  const socket = connect(RunnerAddress.parse(JSON.parse(readFileSync(file, 'utf8'))).address);
  return new Promise((resolve) => {
    socket.on('error', () => undefined).once('close', () => resolve(undefined));
    const reader = createInterface(socket).on('error', () => undefined);
    reader.once('line', (line) => {
      const hello = RunnerSays.parse(JSON.parse(line));
      resolve(hello.type === 'hello' ? { socket, hello } : undefined);
    });
  });
}
