import { lstat, opendir } from 'node:fs/promises';
import path, { type PlatformPath } from 'node:path';
import { Cwd, type InquiryAnswer, mostFolders } from '@agentfleet/contract';
import type { Allowlist } from '../allowlist/allowlist.js';
import { isInside } from '../allowlist/inside.js';

/** Most names of one folder that are looked at, and how long that may take, ms. */
const mostNames = 200_000;
const mostMs = 3_000;
/** Most characters of all names in one answer. */
const mostChars = 48 * 1024;
/** How many folders are looked into at once for their `.git`. */
const atOnce = 16;

type Refused = Extract<InquiryAnswer, { kind: 'refused' }>;
type Folders = Extract<InquiryAnswer, { kind: 'folders' }>;

/** A name that may be that of a folder one may work in. */
interface Candidate {
  name: string;
  /** It leads somewhere else, perhaps out. */
  isLink: boolean;
}

/**
 * The folders that are really there, as a session could be started in them: within the allowlist by their real path, whoever
 * asks. Names alone; no file is opened.
 * @param asked the folder to look into; null: those of the allowlist
 */
export async function listFolders(
  allowlist: Allowlist,
  { path: asked, hidden }: { path: string | null; hidden: boolean },
): Promise<InquiryAnswer> {
  if (asked === null) return listAllowed(allowlist);
  const verdict = await allowlist.check(asked);
  if (!verdict.ok) {
    const isMissing = verdict.failure.code === 'directory_not_found';
    return refused(isMissing ? 'not_found' : 'not_allowed', verdict.failure.message);
  }
  const { realPath } = verdict;
  const shown = spelled(path, allowlist.directories, asked, realPath);
  try {
    const { candidates, truncated } = await candidatesIn(realPath, hidden);
    const names = await namesOf(allowlist, realPath, candidates);
    const folders = await withMarks(realPath, names.kept);
    const parent = await parentOf(allowlist, shown);
    return { kind: 'folders', path: shown, parent, folders, truncated: truncated || names.truncated };
  } catch (error) {
    return refusalOf(error as NodeJS.ErrnoException, asked);
  }
}

/** What the system says of a folder that cannot be looked into. Throws what is none of its. */
export function refusalOf(error: NodeJS.ErrnoException, folder: string): Refused {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return refused('unreadable', `The runner’s user may not look into “${folder}”.`);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return refused('not_found', `“${folder}” is no directory that exists on this runner.`);
    default:
      return refused('unreadable', `“${folder}” could not be read: ${error.code ?? error.message}.`);
  }
}

/**
 * How a folder is called in the answer: as it was asked for, without what says nothing, where a reader of paths sees that it
 * is within the allowlist; else by its real path.
 */
export function spelled(
  flavour: PlatformPath,
  directories: readonly string[],
  asked: string,
  realPath: string,
): string {
  // A link before `..` leads elsewhere than the text says.
  if (asked.split(/[\\/]/).includes('..')) return realPath;
  const plain = withoutEnd(flavour, flavour.normalize(asked));
  return directories.some((directory) => isInside(flavour, directory, plain)) ? plain : realPath;
}

/** A path without a separator at its end, unless that is all of it, or its drive’s. */
function withoutEnd(flavour: PlatformPath, text: string): string {
  const end = flavour.sep === '\\' ? /[\\/]+$/ : /\/+$/;
  return text.length > flavour.parse(text).root.length ? text.replace(end, '') : text;
}

/** Whether a name is left out unless it is asked for. */
export function isHidden(flavour: PlatformPath, name: string): boolean {
  return name.startsWith('.') || (flavour.sep === '\\' && name.startsWith('$'));
}

async function listAllowed(allowlist: Allowlist): Promise<Folders> {
  const checked = await Promise.all(
    allowlist.directories.map(async (directory) => {
      const verdict = await allowlist.check(directory);
      return verdict.ok && isSayable(directory) ? { name: directory, realPath: verdict.realPath } : [];
    }),
  );
  const there = checked.flat();
  const folders = await inTurns(there.slice(0, mostFolders), async ({ name, realPath }) => ({
    name,
    isRepository: await isRepository(realPath),
  }));
  return { kind: 'folders', path: null, parent: null, folders, truncated: there.length > mostFolders };
}

async function candidatesIn(realPath: string, hidden: boolean) {
  const until = performance.now() + mostMs;
  let candidates: Candidate[] = [];
  let looked = 0;
  let truncated = false;
  for await (const entry of await opendir(realPath, { bufferSize: 256 })) {
    looked += 1;
    if (looked > mostNames || performance.now() > until) {
      truncated = true;
      break;
    }
    const { name } = entry;
    const isLink = entry.isSymbolicLink() || isOfNoKind(entry);
    if (!isLink && !entry.isDirectory()) continue;
    if ((!hidden && isHidden(path, name)) || !isSayable(path.join(realPath, name))) continue;
    candidates.push({ name, isLink });
    // Links may all lead out, so that more are kept than are told.
    if (candidates.length >= 8 * mostFolders) {
      candidates = candidates.sort(byName).slice(0, 4 * mostFolders);
      truncated = true;
    }
  }
  return { candidates: candidates.sort(byName), truncated };
}

/** Some file systems do not say of what kind a name is. */
const isOfNoKind = (entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}) =>
  !entry.isFile() &&
  !entry.isDirectory() &&
  !entry.isFIFO() &&
  !entry.isSocket() &&
  !entry.isBlockDevice() &&
  !entry.isCharacterDevice();

async function namesOf(allowlist: Allowlist, realPath: string, candidates: readonly Candidate[]) {
  const until = performance.now() + mostMs;
  const kept: string[] = [];
  let chars = 0;
  for (const { name, isLink } of candidates) {
    if (isLink && !(await allowlist.check(path.join(realPath, name))).ok) continue;
    chars += name.length;
    if (kept.length >= mostFolders || chars > mostChars || performance.now() > until)
      return { kept, truncated: true };
    kept.push(name);
  }
  return { kept, truncated: false };
}

const withMarks = (realPath: string, names: readonly string[]) =>
  inTurns(names, async (name) => ({ name, isRepository: await isRepository(path.join(realPath, name)) }));

/** A `.git` is a folder, or in a worktree and a submodule a file. */
const isRepository = (folder: string) =>
  lstat(path.join(folder, '.git')).then(
    (found) => found.isDirectory() || found.isFile(),
    () => false,
  );

async function parentOf(allowlist: Allowlist, shown: string): Promise<string | null> {
  const parent = path.dirname(shown);
  return parent !== shown && (await allowlist.check(parent)).ok ? parent : null;
}

/** Few at a time: what hangs, as a network drive does, must not take every thread. */
async function inTurns<One, Other>(
  all: readonly One[],
  work: (one: One) => Promise<Other>,
): Promise<Other[]> {
  const done: Other[] = [];
  for (let at = 0; at < all.length; at += atOnce) {
    done.push(...(await Promise.all(all.slice(at, at + atOnce).map(work))));
  }
  return done;
}

/** Names that are no text, and paths that no session could be launched in, are left out. */
const isSayable = (folder: string) => !folder.includes('\uFFFD') && Cwd.safeParse(folder).success;

const inOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const byName = (one: Candidate, other: Candidate) =>
  inOrder.compare(one.name, other.name) || (one.name < other.name ? -1 : 1);

function refused(code: Refused['code'], sentence: string): Refused {
  const message = sentence.length > 4_000 ? `${sentence.slice(0, 3_999)}…` : sentence;
  return { kind: 'refused', code, message: message.replaceAll('\0', '\uFFFD').toWellFormed() };
}
