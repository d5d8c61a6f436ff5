// Builds what is older than its sources, and nothing else: `npm start` of an unchanged checkout builds nothing. Files are
// compared by what is in them, never by their times, which switched branches and copied folders do not keep.
import { execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const root = import.meta.dirname;
const stampFile = join(root, 'node_modules/.cache/agentfleet/build.json');
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the build writes. */
const outputs = [
  'server/src/db/generated',
  'runner/agentfleet-runner.mjs',
  'desktop/renderer/dist',
  ...workspaces.map((path) => `${path}/dist`),
];
const sources = [...workspaces, 'prisma'];
/** Git ignores it, too. @param {string} path */
const isNoSource = (path) =>
  /(^|\/)(node_modules|dist|coverage|\.agentfleet|\.DS_Store|[^/]+\.(tsbuildinfo|log))$/.test(path) ||
  ['server/src/db/generated', 'desktop/release'].includes(path);

nameExec();
const environment = hashOf(
  JSON.stringify([process.version, process.platform, process.arch, process.env.NODE_ENV, installed()]),
);
const before = readStamp();
const inputs = contentsOf(sourceFiles());
const reason = whyBuild();
if (reason === undefined) process.exit();

console.log(`Building AgentFleet: ${reason.text}.`);
if (reason.isClean)
  for (const output of outputs) rmSync(join(root, output), { recursive: true, force: true });
// The compiler believes times: what is not newer than its last output would be left out.
else
  for (const file of differing(before.inputs, inputs)) utimesSync(join(root, file), new Date(), new Date());
writeStamp({ state: 'begun', environment, inputs });
try {
  execSync('npm run --silent build:everything', { cwd: root, stdio: 'inherit' });
} catch {
  writeStamp({ state: 'failed', environment, inputs });
  process.exit(1);
}
writeStamp({
  state: 'done',
  environment,
  inputs,
  outputs: contentsOf(outputs.flatMap((path) => filesBelow(path))),
});

/**
 * npm passes a signal on to the shell of a script alone. With `exec` the server takes the shell's place, so that it gets the signal and
 * npm waits for it. Windows' shell has no such command; there it is one that runs what it is given.
 */
function nameExec() {
  const file = join(root, 'node_modules/.bin/exec.cmd');
  if (process.platform === 'win32' && !existsSync(file)) writeFileSync(file, '@%*\r\n');
}

/**
 * Why a build is needed; undefined where what is there is up to date. `isClean` where nothing of what is there can be relied on,
 * or some of it has no source any more.
 * @returns {{ text: string, isClean: boolean } | undefined}
 */
function whyBuild() {
  if (before === undefined) return { text: 'it was not built yet', isClean: true };
  if (before.state === 'begun') return { text: 'the last build was interrupted', isClean: true };
  if (before.environment !== environment) return { text: 'Node or its packages changed', isClean: true };
  const gone = Object.keys(before.inputs).filter((file) => !(file in inputs));
  if (gone.length > 0) return { text: `${named(gone)} is no more`, isClean: true };
  const changed = differing(before.inputs, inputs);
  if (changed.length > 0) return { text: `${named(changed)} changed`, isClean: false };
  // Of the same sources: what is there may be what made it fail, as where two built at once.
  if (before.state === 'failed') return { text: 'the last build failed', isClean: true };
  const lost = differing(contentsOf(Object.keys(before.outputs)), before.outputs);
  return lost.length > 0 ? { text: `${named(lost)} is not as it was built`, isClean: true } : undefined;
}

/** @param {string[]} files */
function named([first, ...others]) {
  return others.length > 0 ? `${first}, with ${others.length} more,` : first;
}

/**
 * Files of `now` that are not in `then`, or not with the same content.
 * @param {Record<string, string>} then @param {Record<string, string>} now
 */
function differing(then, now) {
  return Object.keys(now).filter((file) => then[file] !== now[file]);
}

function sourceFiles() {
  const beside = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(json|[cm]?[jt]s|ya?ml)$/.test(entry.name))
    .map(({ name }) => name);
  return [...beside, ...sources.flatMap((path) => filesBelow(path, isNoSource))];
}

/**
 * @param {string} path of a file or a folder, relative to the checkout
 * @param {(path: string) => boolean} [isLeftOut]
 * @returns {string[]} none where it does not exist
 */
function filesBelow(path, isLeftOut = () => false) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats?.isFile()) return [path];
  if (!stats?.isDirectory()) return [];
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const inside = `${path}/${entry.name}`;
    if (isLeftOut(inside)) return [];
    return entry.isFile() ? [inside] : filesBelow(inside, isLeftOut);
  });
}

/** The packages that npm installed, with their versions. */
function installed() {
  const file = join(root, 'node_modules/.package-lock.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** @param {string[]} files @returns {Record<string, string>} the hash of each that is there */
function contentsOf(files) {
  const there = files.filter((file) => existsSync(join(root, file)));
  return Object.fromEntries(there.map((file) => [file, hashOf(readFileSync(join(root, file)))]));
}

/** @param {string | Buffer} content */
function hashOf(content) {
  return createHash('sha256').update(content).digest('base64url');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    // There is none.
    return undefined;
  }
}

/** Replaces the file: it is whole at any time, and a checkout that was copied with hard links has its own. @param {object} stamp */
function writeStamp(stamp) {
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(`${stampFile}.new`, JSON.stringify(stamp));
  renameSync(`${stampFile}.new`, stampFile);
}
