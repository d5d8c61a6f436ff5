import { expect, test } from 'vitest';
import { sessionWith } from '../testing.js';
import {
  announcementOf,
  closedAnnouncementOf,
  troubleAnnouncementOf,
  waitingAnnouncementOf,
} from './decide.js';

const on = { notifyFinished: true, notifyFailed: true };
const finished = sessionWith({ status: 'SUCCEEDED' });
const failed = sessionWith({ status: 'FAILED', lastLine: 'The session reached its time limit.' });

test('a finished and a failed session are announced, with the screen that a click opens', () => {
  expect(announcementOf(finished, on, null)).toEqual({
    kind: 'finished',
    title: 'Session finished',
    body: 'add a health check',
    path: '/sessions/clrabcdefgh12345',
  });
  expect(announcementOf(failed, on, null)).toMatchObject({
    title: 'Session failed',
    body: 'add a health check\nThe session reached its time limit.',
  });
});

test('the session in view is not announced, another one is', () => {
  expect(announcementOf(finished, on, finished.id)).toBeUndefined();
  expect(announcementOf(finished, on, 'clrother00000001')).toBeDefined();
});

test('what was turned off, and what a person ended, is not announced', () => {
  expect(announcementOf(finished, { ...on, notifyFinished: false }, null)).toBeUndefined();
  expect(announcementOf(failed, { ...on, notifyFailed: false }, null)).toBeUndefined();
  expect(announcementOf(sessionWith({ status: 'CANCELLED' }), on, null)).toBeUndefined();
});

test('a session that waits is announced with what it asks for, unless a person looks at it or turned that off', () => {
  const waiting = sessionWith({ waitingFor: ['Bash npm test'], answerable: ['req-1'] });
  expect(waitingAnnouncementOf(waiting, { notifyWaiting: true }, null)).toEqual({
    kind: 'waiting',
    title: 'Waiting for your approval',
    body: 'Bash npm test\nadd a health check',
    path: '/sessions/clrabcdefgh12345',
    answers: { runId: 'clrabcdefgh12345', requestId: 'req-1' },
  });
  expect(waitingAnnouncementOf(waiting, { notifyWaiting: true }, waiting.id)).toBeUndefined();
  expect(waitingAnnouncementOf(waiting, { notifyWaiting: false }, null)).toBeUndefined();
});

test('what the runner wants a person to know is announced in its words', () => {
  expect(troubleAnnouncementOf('clr1: its log is kept as /a.log')).toMatchObject({
    body: 'clr1: its log is kept as /a.log',
    path: '/computer',
  });
});

test('the first close says where the app is now, and by which keys it ends', () => {
  const body = (platform: NodeJS.Platform, hasTray: boolean) => closedAnnouncementOf(platform, hasTray).body;
  expect(body('linux', true)).toContain('in the tray');
  expect(body('win32', true)).toContain('Ctrl+Q');
  expect(body('darwin', true)).toMatch(/in the menu bar .* ⌘Q/);
  expect(body('linux', false)).toMatch(/minimised.* Ctrl\+Q/);
});
