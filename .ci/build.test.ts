import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

// The real build script in a small checkout, which is built by the real compiler where its habits matter.
vi.setConfig({ testTimeout: 120_000 });
const root = join(import.meta.dirname, '..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compile = `node "${tsc}" -b`;
const copy = `node -e "require('fs').cpSync('server/src', 'server/dist', { recursive: true })"`;
const long = new Date('2020-01-01');

let checkout: string;
const at = (path: string) => join(checkout, path);
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'agentfleet-build-'));
  copyFileSync(join(root, 'build.mjs'), at('build.mjs'));
  const options = { outDir: 'dist', rootDir: 'src', tsBuildInfoFile: 'dist/.tsbuildinfo', composite: true };
  write('tsconfig.json', JSON.stringify({ files: [], references: [{ path: 'server' }] }));
  write(
    'server/tsconfig.json',
    JSON.stringify({ compilerOptions: { ...options, types: [] }, include: ['src'] }),
  );
  write('server/src/one.ts', 'export const one = 1;\n');
  write('server/src/two.ts', 'export const two = 2;\n');
  write('prisma/migrations/1_first/migration.sql', 'SELECT 1');
  write('node_modules/.package-lock.json', '{}');
  write('package-lock.json', '{}');
  scripts(copy);
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function scripts(everything: string): void {
  write(
    'package.json',
    JSON.stringify({ workspaces: ['server'], scripts: { 'build:everything': everything } }),
  );
}

const run = (env = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [at('build.mjs')], { encoding: 'utf8', env: { ...process.env, ...env } });

/** What it says of why it builds; undefined where it builds nothing. Throws when the build fails. */
function built(env = {}): string | undefined {
  const { status, stdout, stderr } = run(env);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return /^Building AgentFleet: (.+)\.$/m.exec(stdout)?.[1];
}

/** What became of a source, by the compiler or by the copy. */
const made = (name: string) =>
  readFileSync(
    at(existsSync(at(`server/dist/${name}.js`)) ? `server/dist/${name}.js` : `server/dist/${name}.ts`),
    'utf8',
  );

test('a checkout that did not change is built once', () => {
  expect(built()).toBe('it was not built yet');
  expect(made('one')).toContain('one = 1');
  expect(built()).toBeUndefined();
  utimesSync(at('server/src/one.ts'), new Date(), new Date());
  expect(built()).toBeUndefined();
});

test('a changed file is built, also one that is older than what was built', () => {
  scripts(compile);
  built();
  write('server/src/one.ts', 'export const one = 11;\n');
  utimesSync(at('server/src/one.ts'), long, long);
  expect(built()).toBe('server/src/one.ts changed');
  expect(made('one')).toContain('one = 11');
  expect(built()).toBeUndefined();
});

test('a new file is built, also one that is older than what was built', () => {
  scripts(compile);
  built();
  write('server/src/three.ts', 'export const three = 3;\n');
  utimesSync(at('server/src/three.ts'), long, long);
  expect(built()).toBe('server/src/three.ts changed');
  expect(made('three')).toContain('three = 3');
});

test('of a file that was deleted nothing stays', () => {
  built();
  rmSync(at('server/src/two.ts'));
  expect(built()).toBe('server/src/two.ts is no more');
  expect(existsSync(at('server/dist/two.ts'))).toBe(false);
  expect(existsSync(at('server/dist/one.ts'))).toBe(true);
});

test('what is built from is more than code: migrations, settings, scripts, the lockfile', () => {
  built();
  for (const path of [
    'prisma/migrations/1_first/migration.sql',
    'server/tsconfig.json',
    'server/.env',
    'package-lock.json',
    'build.mjs',
  ]) {
    mkdirSync(dirname(at(path)), { recursive: true });
    appendFileSync(at(path), '\n');
    expect(built()).toBe(`${path} changed`);
    expect(built()).toBeUndefined();
  }
});

test('another version of a package, or of Node, is another build', () => {
  built();
  write('node_modules/.package-lock.json', '{"packages":{"node_modules/zod":{"version":"4.6.8"}}}');
  expect(built()).toBe('Node or its packages changed');
  expect(built({ NODE_ENV: 'development' })).toBe('Node or its packages changed');
  const stamp = at('node_modules/.cache/agentfleet/build.json');
  const { environment } = JSON.parse(readFileSync(stamp, 'utf8'));
  writeFileSync(stamp, readFileSync(stamp, 'utf8').replace(environment, 'that of another Node'));
  expect(built()).toBe('Node or its packages changed');
});

test('what was lost or changed of a build is built again', () => {
  built();
  rmSync(at('server/dist/one.ts'));
  expect(built()).toBe('server/dist/one.ts is not as it was built');
  expect(made('one')).toContain('one = 1');
  appendFileSync(at('server/dist/two.ts'), '// changed');
  expect(built()).toBe('server/dist/two.ts is not as it was built');
  expect(made('two')).not.toContain('// changed');
  rmSync(at('server/dist'), { recursive: true });
  expect(built()).toContain('is not as it was built');
});

test('a build that fails is tried again, and what it said is seen', () => {
  scripts(compile);
  write('server/src/one.ts', 'export const one: string = 1;\n');
  for (const _ of Array(2)) {
    const { status, stdout } = run();
    expect([status, stdout]).toEqual([1, expect.stringContaining("Type 'number' is not assignable")]);
  }
  write('server/src/one.ts', 'export const one = 1;\n');
  built();
  expect(built()).toBeUndefined();
});

test('of a build that failed nothing is relied on where it is tried again as it was', () => {
  scripts('node -e "process.exit(1)"');
  run();
  write('server/dist/half.js', 'ha');
  run();
  expect(existsSync(at('server/dist/half.js'))).toBe(false);
});

test('a build that was killed is done from the beginning', async () => {
  built();
  write('server/src/one.ts', 'export const one = 11;\n');
  write(
    'wait.cjs',
    `const fs = require('node:fs');
    fs.writeFileSync('server/dist/half.js', 'ha');
    setInterval(() => fs.existsSync('server/dist/half.js') || process.exit(1), 50);`,
  );
  scripts('node wait.cjs');
  const building = spawn(process.execPath, [at('build.mjs')]);
  await expect.poll(() => existsSync(at('server/dist/half.js')), { timeout: 15_000 }).toBe(true);
  building.kill('SIGKILL');
  await once(building, 'exit');
  scripts(copy);
  expect(built()).toBe('the last build was interrupted');
  expect(existsSync(at('server/dist/half.js'))).toBe(false);
  expect(made('one')).toContain('one = 11');
});

test('a build of before, of which nothing is known, is not relied on', () => {
  write('server/dist/old.js', 'old');
  expect(built()).toBe('it was not built yet');
  expect(existsSync(at('server/dist/old.js'))).toBe(false);
});

test('a checkout that was copied with hard links keeps its own record of what it built', () => {
  built();
  const stamp = at('node_modules/.cache/agentfleet/build.json');
  linkSync(stamp, at('stamp of the copy'));
  write('server/src/one.ts', 'export const one = 11;\n');
  built();
  expect(readFileSync(at('stamp of the copy'), 'utf8')).not.toBe(readFileSync(stamp, 'utf8'));
});

test('what changes while it is being built is built the next time', () => {
  scripts(`${copy} && node -e "require('fs').appendFileSync('server/src/one.ts', '// later')"`);
  built();
  scripts(copy);
  expect(built()).toContain('changed');
  expect(made('one')).toContain('// later');
});
