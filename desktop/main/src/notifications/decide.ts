import type { AppSettings, LocalSession } from '@agentfleet/bridge';
import type { PageFault } from '../windows/page-health.js';

/** What an announcement is about: those of one kind are told together. */
export type AnnouncementKind = 'waiting' | 'finished' | 'failed' | 'word';

export interface Announcement {
  kind: AnnouncementKind;
  title: string;
  body: string;
  /** The screen that a click opens. */
  path: string;
  /** What it can be answered about with a button. */
  answers?: { runId: string; requestId: string };
}

/**
 * What to say about a session that begins to wait for a person; undefined while that one watches it, or turned this
 * off.
 * @param viewing the session in the focused window, if any
 */
export function waitingAnnouncementOf(
  { id, title, waitingFor, answerable }: LocalSession,
  settings: Pick<AppSettings, 'notifyWaiting'>,
  viewing: string | null,
): Announcement | undefined {
  if (viewing === id || !settings.notifyWaiting) return undefined;
  const use = waitingFor.at(-1) ?? '';
  const requestId = answerable.at(-1) ?? undefined;
  return {
    ...{ kind: 'waiting', title: 'Waiting for your approval', body: `${use}\n${title}` },
    path: `/sessions/${id}`,
    ...(requestId !== undefined && { answers: { runId: id, requestId } }),
  };
}

/**
 * What to say about a session that has just ended; undefined where it is better to say nothing: the person
 * watches it, turned this off, or ended the session themselves.
 * @param viewing the session in the focused window, if any
 */
export function announcementOf(
  session: LocalSession,
  settings: Pick<AppSettings, 'notifyFinished' | 'notifyFailed'>,
  viewing: string | null,
): Announcement | undefined {
  if (viewing === session.id) return undefined;
  const path = `/sessions/${session.id}`;
  if (session.status === 'SUCCEEDED' && settings.notifyFinished) {
    return { kind: 'finished', title: 'Session finished', body: session.title, path };
  }
  if (session.status === 'FAILED' && settings.notifyFailed) {
    return {
      kind: 'failed',
      title: 'Session failed',
      body: `${session.title}\n${session.lastLine}`.trim(),
      path,
    };
  }
  return undefined;
}

/** What the runner of this computer wants a person to know, whatever they turned off: nothing else would tell it. */
export function troubleAnnouncementOf(message: string): Announcement {
  return { kind: 'word', title: 'This computer', body: message, path: '/computer' };
}

/** What to say when the window is closed for the first time: the app goes on, and is ended elsewhere. */
export function closedAnnouncementOf(platform: NodeJS.Platform, hasTray: boolean): Announcement {
  const keys = platform === 'darwin' ? '⌘Q' : 'Ctrl+Q';
  const where = platform === 'darwin' ? 'the menu bar' : 'the tray';
  const body = hasTray
    ? `It stays in ${where} and takes sessions. Quit it there, or with ${keys} in its window.`
    : `Its window is minimised, and it takes sessions. Quit it with ${keys} in its window.`;
  return { kind: 'word', title: 'AgentFleet goes on', body, path: '/sessions' };
}

/** What to say of a page that was loaded anew: why it may look otherwise, and that nothing was lost. */
export function renewedAnnouncementOf(fault: PageFault): Announcement {
  const what = { crashed: 'had crashed', hung: 'did not answer any more', blank: 'was blank' }[fault];
  const body = `Its page ${what}. The sessions go on.`;
  return { kind: 'word', title: 'The window was loaded again', body, path: '/sessions' };
}
