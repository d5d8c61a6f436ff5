import type { AppSettings } from '@agentfleet/bridge';
import { breadthOf, type Kept } from '../folders/breadth.js';
import type { Question } from '../windows/ask.js';
import { plainly } from './plainly.js';

/** One thing of which a change of settings allows more than before, in words for the person who owns this computer. */
interface Widening {
  what: string;
  from: string;
  to: string;
  /** What it comes down to, where that is not plain. */
  means?: string;
}

/** Of a list that is named. */
const mostNamed = 5;
/** More folders than this are not asked about in one question: nobody would read them. */
const mostAdded = 10;

const bypassMeans =
  'In bypassPermissions Claude Code asks nobody: it runs any command, changes any file of yours, in these folders or not, and uses the network. Whoever may start sessions on your server can then do here what you can do.';

/**
 * What a change of settings allows more of: another server to give orders, another program, more folders, modes or
 * sessions. Everything else, and every narrowing, is free.
 * @param kept what a folder that is added may hold of this user's
 * @param isChosen whether the person has just picked this folder in the system's own dialog
 * @throws Error when it adds more folders than one question can show
 */
export function wideningsOf(
  before: AppSettings,
  after: AppSettings,
  kept: Kept,
  isChosen: (folder: string) => boolean = () => false,
): Widening[] {
  return [
    ...serverOf(before, after),
    ...foldersOf(before, after, kept, isChosen),
    ...programOf(before, after),
    ...modesOf(before, after),
    ...limitsOf(before, after),
  ];
}

function serverOf(before: AppSettings, after: AppSettings): Widening[] {
  if (after.server === before.server || after.server === '') return [];
  return [
    {
      what: 'Server',
      from: before.server === '' ? 'none' : plainly(before.server),
      to: plainly(after.server),
      means: 'Whoever may start sessions there runs Claude Code on this computer.',
    },
  ];
}

function foldersOf(
  before: AppSettings,
  after: AppSettings,
  kept: Kept,
  isChosen: (folder: string) => boolean,
): Widening[] {
  const added = after.directories
    .filter((folder) => !before.directories.includes(folder))
    .map((folder) => ({ folder, breadth: breadthOf(folder, kept) }))
    .filter(({ folder, breadth }) => breadth !== undefined || !isChosen(folder));
  if (added.length === 0) return [];
  if (added.length > mostAdded) throw new Error(`Add at most ${mostAdded} folders at once.`);
  const means = [...new Set(added.flatMap(({ breadth }) => breadth ?? []))];
  return [
    {
      what: 'Folders',
      from: named(before.directories),
      to: `also ${added.map(({ folder }) => plainly(folder)).join(', ')}`,
      ...(means.length > 0 && { means: means.join(' ') }),
    },
  ];
}

function programOf({ claudePath: now }: AppSettings, { claudePath: then }: AppSettings): Widening[] {
  if (now === then) return [];
  const words = (path: string) =>
    path === '' ? 'the claude that this computer finds by itself' : plainly(path);
  const means = 'Every session runs this program.';
  return [{ what: 'Claude Code', from: words(now), to: words(then), means }];
}

function modesOf(before: AppSettings, after: AppSettings): Widening[] {
  const added = after.permissionModes.filter((mode) => !before.permissionModes.includes(mode));
  if (added.length === 0) return [];
  return [
    {
      what: 'Permission modes',
      from: named(before.permissionModes),
      to: `also ${added.join(', ')}`,
      ...(added.includes('bypassPermissions') && { means: bypassMeans }),
    },
  ];
}

function limitsOf(before: AppSettings, after: AppSettings): Widening[] {
  const [now, then] = [before.maxConcurrentRuns, after.maxConcurrentRuns];
  const widened: Widening[] = [];
  if (then > now) widened.push({ what: 'Sessions at once', from: String(now), to: String(then) });
  if (after.approvals && !before.approvals) {
    widened.push({
      what: 'What the permission mode does not grant',
      from: 'is denied at once',
      to: 'is asked about, and can be allowed on the server',
    });
  }
  return widened;
}

/** Shows old and new, and what it comes down to. Enter changes nothing: a page could ask while somebody types. */
export function widenQuestion(widenings: readonly Widening[]): Question {
  const parts = widenings.map(({ what, from, to, means }) =>
    [what, `   now: ${from}`, `   then: ${to}`, ...(means === undefined ? [] : [means])].join('\n'),
  );
  return {
    type: 'warning',
    message: 'Allow more on this computer?',
    detail: parts.join('\n\n'),
    buttons: ['Change nothing', 'Allow it'],
    defaultId: 0,
    cancelId: 0,
  };
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - mostNamed;
  return [...names.slice(0, mostNamed).map(plainly), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
