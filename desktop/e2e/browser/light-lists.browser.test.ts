import { expect } from 'vitest';
import { test } from './dashboard.js';
import { scriptedSession } from './scripted-runner.js';

const end = 'and that is the end of it';
const long = `Mend the wall.\n${'stone by stone, '.repeat(400)}${end}`;

test('a long prompt is short in the list, whole in its session, and whole when it is launched again', async ({
  fleet,
  open,
}) => {
  // Where no runner of another test takes it.
  const { id } = await fleet.launch({ prompt: long, cwd: '/nobody/wall' });
  const dashboard = await open();
  const { page, conversation } = dashboard;
  const lists: number[] = [];
  page.on('response', async (answer) => {
    if (/\/api\/v1\/runs\?/.test(answer.url())) lists.push((await answer.body().catch(() => '')).length);
  });
  await dashboard.enter(fleet.key);
  const row = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
  await row.filter({ hasText: 'Mend the wall.' }).click();
  await expect.poll(() => page.url()).toBe(`${fleet.url}/sessions/${id}`);
  await expect.poll(() => conversation.textContent()).toContain(end);
  await page.goto(`/sessions/new?from=${id}`);
  await expect.poll(() => page.getByLabel('Prompt', { exact: true }).inputValue()).toBe(long);
  expect(lists.length).toBeGreaterThan(0);
  expect(Math.max(...lists)).toBeLessThan(long.length);
});

test('who is asked to allow a tool sees all of what it is called with, however long that is', async ({
  fleet,
  open,
}) => {
  const lines = Array.from({ length: 300 }, (_, nth) => `echo this is line ${nth} of the script`);
  const command = [...lines, 'rm -rf the-last-line'].join('\n');
  const { id, held } = await scriptedSession(fleet, { prompt: 'clean up', cwd: '/code/clean' });
  const question = (nth: number) => ({
    question: `Which of these is number ${nth}?`,
    header: `Number ${nth}`,
    options: ['one', 'two', 'three'].map((label) => ({ label, description: 'in many words '.repeat(30) })),
    multiSelect: false,
  });
  const questions = [1, 2, 3].map(question);
  await held.ask({ tool: 'Bash', message: 'Bash echo', input: { command }, inLog: false });
  const asking = await held.ask({
    tool: 'AskUserQuestion',
    message: 'Ask',
    input: { questions },
    inLog: false,
  });
  const dashboard = await open();
  const { page, conversation } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await expect.poll(() => conversation.textContent()).toContain('rm -rf the-last-line');
  expect(await page.getByText('It is longer than what is shown').count()).toBe(0);
  const form = page.getByRole('region', { name: 'Waiting for you: Ask' });
  for (const { question } of questions) {
    await form.getByRole('group', { name: question }).getByRole('radio', { name: /two/ }).click();
  }
  await form.getByRole('button', { name: 'Answer' }).click();
  expect(await asking.decided()).toMatchObject({
    decision: 'allow',
    answers: { [questions[2]?.question ?? '']: 'two' },
  });
});

test('the dashboard comes compressed, and its files are kept', async ({ fleet, open }) => {
  const dashboard = await open();
  const headers: Record<string, string>[] = [];
  dashboard.page.on('response', async (answer) => {
    if (/\/assets\/.*\.(js|css)$/.test(answer.url())) headers.push(await answer.allHeaders());
  });
  await dashboard.enter(fleet.key);
  const large = headers.filter((each) => Number(each['content-length']) > 1_024);
  expect(large.length).toBeGreaterThan(2);
  for (const each of large) {
    expect(each['content-encoding']).toMatch(/^(br|gzip)$/);
    expect(each['cache-control']).toContain('immutable');
  }
});
