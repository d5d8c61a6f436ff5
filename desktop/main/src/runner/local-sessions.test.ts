import { expect, test } from 'vitest';
import { sessionWith } from '../testing.js';
import { LocalSessions } from './local-sessions.js';

const run = (id: string) => ({ id, cwd: '/code', input: '\n  add a health check\nand more' });

const asked = (message: string, tool = 'Bash') => ({ requestId: `req ${message}`, tool, message });

test('what can be answered unseen is what its line says in whole, and no question, plan or edit', () => {
  const sessions = new LocalSessions();
  sessions.started({ id: 'clraaaaaaaa1', cwd: '/code', input: 'go' });
  const long = `Bash ${'x'.repeat(60)}`;
  sessions.waiting('clraaaaaaaa1', [
    asked('Bash ls'),
    asked('Bash ls\nrm -rf ~'),
    asked('Bash rm \u202e x'),
    asked(long),
    asked('Which one?', 'AskUserQuestion'),
    asked('The plan', 'ExitPlanMode'),
    asked('Edit app.ts', 'Edit'),
  ]);
  expect(sessions.running[0]?.answerable).toEqual(['req Bash ls', null, null, null, null, null, null]);
});

test('a session runs with its last line and then is the newest of the recent ones', () => {
  const sessions = new LocalSessions();
  sessions.started(run('clraaaaaaaa1'));
  expect(sessions.event('clraaaaaaaa1', { message: 'Edit src/app.ts\n+1 -1' })).toBe(true);
  expect(sessions.running).toMatchObject([{ title: 'add a health check', lastLine: 'Edit src/app.ts' }]);
  expect(sessions.ended('clraaaaaaaa1', 'SUCCEEDED')).toMatchObject({ status: 'SUCCEEDED' });
  expect(sessions.running).toEqual([]);
  expect(sessions.recent).toMatchObject([{ id: 'clraaaaaaaa1', status: 'SUCCEEDED' }]);
});

test('what nobody sees in a line is spelled, since a tray has text alone', () => {
  const sessions = new LocalSessions();
  sessions.started({ ...run('clraaaaaaaa1'), input: 'tidy\u200B up' });
  sessions.event('clraaaaaaaa1', { message: 'Bash rm -rf \u202E./tmp' });
  sessions.waiting('clraaaaaaaa1', [asked('Bash rm \u2066x')]);
  expect(sessions.running).toMatchObject([
    { title: 'tidy[U+200B] up', lastLine: 'Bash rm -rf [U+202E]./tmp', waitingFor: ['Bash rm [U+2066]x'] },
  ]);
});

test('nothing new to show is told apart', () => {
  const sessions = new LocalSessions();
  expect(sessions.event('clrunknown01', { message: 'x' })).toBe(false);
  sessions.started(run('clraaaaaaaa1'));
  sessions.event('clraaaaaaaa1', { message: 'same' });
  expect(sessions.event('clraaaaaaaa1', { message: 'same' })).toBe(false);
  expect(sessions.event('clraaaaaaaa1', { message: ' \n' })).toBe(false);
  expect(sessions.ended('clrunknown01', 'FAILED')).toBeUndefined();
});

test('what the server remembers stands behind what happened here, once', () => {
  const sessions = new LocalSessions();
  sessions.started(run('clraaaaaaaa1'));
  sessions.ended('clraaaaaaaa1', 'FAILED');
  sessions.remember([sessionWith({ id: 'clraaaaaaaa1' }), sessionWith({ id: 'clrbbbbbbbb1' })]);
  expect(sessions.recent.map(({ id }) => id)).toEqual(['clraaaaaaaa1', 'clrbbbbbbbb1']);
});

test('what a session waits for is known while it runs, and a new one is told from one that was settled', () => {
  const sessions = new LocalSessions();
  sessions.started(run('clraaaaaaaa1'));
  expect(sessions.waiting('clraaaaaaaa1', [asked('Bash npm test')])?.began).toBe(true);
  expect(sessions.waiting('clraaaaaaaa1', [asked('Bash npm test'), asked('Bash ls')])?.began).toBe(true);
  expect(sessions.waiting('clraaaaaaaa1', [asked('Bash ls')])?.began).toBe(false);
  expect(sessions.running).toMatchObject([{ waitingFor: ['Bash ls'] }]);
  expect(sessions.ended('clraaaaaaaa1', 'CANCELLED')).toMatchObject({ waitingFor: [] });
  expect(sessions.waiting('clraaaaaaaa1', [asked('Bash ls')])).toBeUndefined();
});
