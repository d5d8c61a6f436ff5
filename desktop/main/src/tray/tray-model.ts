import {
  type AppState,
  canPause,
  isSetUp,
  keyTrouble,
  type LocalSession,
  type RunnerStatus,
} from '@agentfleet/bridge';
import {
  type PauseLength,
  pauseLengths,
  pauseLengthWords,
  pauseWords,
  withHiddenSpelled,
} from '@agentfleet/contract';

/** The looks of the tray icon. */
export type TrayIcon = 'online' | 'running' | 'paused' | 'offline' | 'attention';

/** What a click in the tray asks for; `open` without a path shows the window as it was. */
export type TrayAction =
  | { type: 'open'; path?: string }
  | { type: 'open-folder'; path: string }
  | { type: 'pause'; length: PauseLength }
  | { type: 'resume' }
  | { type: 'stop'; runId: string }
  | { type: 'answer'; runId: string; requestId: string; allow: boolean }
  | { type: 'quit' }
  | { type: 'keep-running' }
  | { type: 'stay' }
  | { type: 'switch'; server: string };

export type TrayItem =
  | { type: 'separator' }
  | { type: 'note'; label: string }
  | { type: 'action'; label: string; action: TrayAction }
  | { type: 'menu'; label: string; items: TrayItem[] };

export interface TrayModel {
  icon: TrayIcon;
  /** How much waits for a person: the number at the app's icon, where the system has one. */
  badge: number;
  /** The state in words, for the tooltip and the first line of the menu. */
  summary: string;
  items: TrayItem[];
}

/** Menus are as wide as their longest line; characters. */
const longestLabel = 60;
const recentShown = 5;
const separator: TrayItem = { type: 'separator' };

/** The tray as a value, so that what it says can be tested without one. @param unseenFailures since a window was open */
export function trayModel(state: AppState, unseenFailures: number): TrayModel {
  const { runner, settings } = state;
  const summary = summaryOf(state, unseenFailures);
  const items: TrayItem[] = [{ type: 'note', label: clip(summary) }, separator];
  for (const session of runner.running) items.push(...sessionItems(session));
  if (runner.running.length > 0) items.push(stopMenu(runner.running), separator);
  if (runner.recent.length > 0) {
    items.push({
      type: 'menu',
      label: 'Recent sessions',
      items: runner.recent.slice(0, recentShown).map(recentItem),
    });
  }
  if (settings.directories.length > 0) {
    const folders = settings.directories.map(
      (path): TrayItem => ({ type: 'action', label: clip(path), action: { type: 'open-folder', path } }),
    );
    items.push({ type: 'menu', label: 'Allowed folders', items: folders });
  }
  items.push(...serverItems(state), ...pauseItems(runner), ...takeBackItems(state));
  items.push(
    separator,
    {
      type: 'action',
      label: isSetUp(state) ? 'Open dashboard' : keyTrouble(state) ? 'Open AgentFleet' : 'Finish setting up…',
      action: { type: 'open', path: '/sessions' },
    },
    { type: 'action', label: 'Settings…', action: { type: 'open', path: '/computer' } },
    separator,
    { type: 'action', label: 'Quit AgentFleet', action: { type: 'quit' } },
  );
  const badge = runner.running.reduce((sum, { waitingFor }) => sum + waitingFor.length, 0);
  return { icon: iconOf(state, unseenFailures), badge, summary, items };
}

function summaryOf(state: AppState, unseenFailures: number): string {
  const { runner } = state;
  const parts = [phaseWords(state)];
  const [trouble] = state.troubles;
  if (trouble !== undefined) parts.push(trouble.replace(/\.$/, ''));
  if (runner.running.length > 0) parts.push(`${runner.running.length} running`);
  const waiting = runner.running.filter(isWaiting).length;
  if (waiting > 0) parts.push(`${waiting} waiting for you`);
  if (unseenFailures > 0)
    parts.push(unseenFailures === 1 ? '1 session failed' : `${unseenFailures} sessions failed`);
  return `AgentFleet: ${oneLine(parts.join(', '))}`;
}

function phaseWords(state: AppState): string {
  const { phase, reason, pause } = state.runner;
  if (phase === 'draining') return 'finishing current sessions';
  if (!isSetUp(state)) return keyTrouble(state)?.short ?? 'not set up yet';
  // What follows in the line begins with a comma.
  const because = reason ? `: ${reason.replace(/\.$/, '')}` : '';
  if (phase === 'blocked') return `cannot work${because}`;
  if (phase === 'offline') return `offline${because}`;
  if (phase === 'stopped') return `stopped${because}`;
  if (pause) return pauseWords(pause, 'here').replace(/^P/, 'p');
  return phase === 'starting' ? 'connecting' : 'online';
}

function iconOf(state: AppState, unseenFailures: number): TrayIcon {
  const { phase, pause, running } = state.runner;
  const isTroubled = unseenFailures > 0 || state.troubles.length > 0 || keyTrouble(state) !== undefined;
  if (isTroubled || phase === 'blocked' || running.some(isWaiting)) return 'attention';
  if (phase === 'stopped' || phase === 'offline' || phase === 'starting') return 'offline';
  if (pause || phase === 'draining') return 'paused';
  return running.length > 0 ? 'running' : 'online';
}

/** The pause, where it means something. */
function pauseItems(runner: RunnerStatus): TrayItem[] {
  if (!canPause(runner)) return [];
  if (runner.pause) return [{ type: 'action', label: 'Resume', action: { type: 'resume' } }];
  const items = pauseLengths.map((length): TrayItem => {
    return { type: 'action', label: pauseLengthWords[length], action: { type: 'pause', length } };
  });
  return [{ type: 'menu', label: 'Pause (finish current sessions, take no new ones)', items }];
}

/** The servers of earlier beside the one it is connected to, where there are any. */
function serverItems({ settings, next }: AppState): TrayItem[] {
  const others = settings.servers.filter((each) => each !== settings.server && each !== next?.server);
  if (others.length === 0) return [];
  const items = others.map((server): TrayItem => {
    return { type: 'action', label: clip(server), action: { type: 'switch', server } };
  });
  const here: TrayItem = { type: 'note', label: clip(`✓ ${settings.server}`) };
  return [{ type: 'menu', label: 'Switch server', items: [here, ...items] }];
}

/** What waits for sessions to end can be taken back while it waits. */
function takeBackItems({ runner, next, settings }: AppState): TrayItem[] {
  const items: TrayItem[] = [];
  if (next) {
    const isKeyAlone = next.server === settings.server;
    const label = isKeyAlone ? 'Keep the key as it is' : `Stay on ${settings.server}`;
    items.push({ type: 'action', label: clip(label), action: { type: 'stay' } });
  }
  if (runner.quits) {
    items.push({ type: 'action', label: 'Keep running, do not quit', action: { type: 'keep-running' } });
  }
  return items;
}

const isWaiting = ({ waitingFor }: LocalSession) => waitingFor.length > 0;

function sessionItems(session: LocalSession): TrayItem[] {
  const { id, title, lastLine, waitingFor } = session;
  const open: TrayItem = {
    type: 'action',
    label: clip(`${isWaiting(session) ? '?' : '●'} ${title}`),
    action: { type: 'open', path: `/sessions/${id}` },
  };
  if (isWaiting(session)) return [open, ...waitingFor.map((use, place) => waitingItem(session, use, place))];
  return lastLine === '' ? [open] : [open, { type: 'note', label: clip(`    ${lastLine}`) }];
}

function stopMenu(running: readonly LocalSession[]): TrayItem {
  const items = running.map(
    ({ id, title }): TrayItem => ({
      type: 'action',
      label: clip(title),
      action: { type: 'stop', runId: id },
    }),
  );
  return { type: 'menu', label: 'Stop a session', items };
}

/** What it waits for: opens the session, or is answered where all of it stands there. */
function waitingItem({ id, answerable }: LocalSession, use: string, place: number): TrayItem {
  const label = clip(`    Allow ${use}?`);
  const show: TrayAction = { type: 'open', path: `/sessions/${id}` };
  const requestId = answerable[place] ?? null;
  if (requestId === null) return { type: 'action', label, action: show };
  const answer = (label: string, allow: boolean): TrayItem => {
    return { type: 'action', label, action: { type: 'answer', runId: id, requestId, allow } };
  };
  const items = [
    answer('Allow', true),
    answer('Deny', false),
    { type: 'action', label: 'Show…', action: show } as const,
  ];
  return { type: 'menu', label, items };
}

const marks: Partial<Record<LocalSession['status'], string>> = {
  SUCCEEDED: '✓',
  FAILED: '✕',
  CANCELLED: '⊘',
};

function recentItem({ id, title, status }: LocalSession): TrayItem {
  const label = clip(`${marks[status] ?? '·'} ${title}`);
  return { type: 'action', label, action: { type: 'open', path: `/sessions/${id}` } };
}

/** With what nobody sees spelled out; what stands behind a tab would be shown as keys. */
const oneLine = (text: string): string => withHiddenSpelled(text.replace(/\s*[\t\n]\s*/g, ' '));

/** One line, cut to what a menu can hold; `&` would make the next letter a shortcut. */
function clip(text: string): string {
  const line = oneLine(text);
  const cut = line.length > longestLabel ? `${whole(line.slice(0, longestLabel - 1)).trimEnd()}…` : line;
  return cut.replaceAll('&', '&&');
}

/** A beginning without the half of a character that it was cut in. */
const whole = (beginning: string): string => beginning.replace(/[\uD800-\uDBFF]$/, '');
