import { expect } from 'vitest';
import { test } from './dashboard.js';
import { keyWith } from './key-with.js';
import { assistant } from './said.js';
import { scriptedSession } from './scripted-runner.js';

// Whatever people, programs or machines have named: what turns a text around or is not seen stands as a marked box, on each screen.
const turned = (words: string) => `${words} \u202Egnp.exe\u200B end`;
const screens = [
  '/sessions?q=zebra',
  '/sessions?q=zebra&group=state',
  '/sessions?q=zebra&waiting=true',
  '/runners',
  '/usage?by=label',
  '/usage?by=directory',
  '/usage?by=runner',
  '/usage?by=model',
  '/settings/api-keys',
  '/settings/audit',
  '/sessions/new',
] as const;

test('no name turns the text around it, or hides something in it, on any screen, in what is read out or in the tab', async ({
  fleet,
  open,
}) => {
  const place = { cwd: `/code/${turned('shop')}` };
  const launch = (prompt: string) => ({
    prompt: turned(`zebra ${prompt}`),
    labels: [turned('nightly')],
    ...place,
  });
  const done = await scriptedSession(fleet, launch('ends'), { name: turned('build-server') });
  const tokens = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const usage = { ...tokens, byModel: { [turned('claude')]: { ...tokens, costUsd: 0.4 } } };
  await done.held.say(assistant(turned('Done.')));
  await done.held.finish({ status: 'SUCCEEDED', result: turned('Done.'), costUsd: 0.4, usage });
  const asks = await scriptedSession(fleet, launch('asks'), { name: turned('asker') });
  const input = { command: turned('rm -rf dist'), description: turned('Cleans') };
  await asks.held.ask({ tool: 'Bash', message: turned('Bash rm'), input, sessionGrant: turned('Bash(rm)') });
  const tool = `mcp__${turned('tracker')}__${turned('create')}`;
  await asks.held.ask({ tool, message: tool, input: { [turned('title')]: 'a', [turned('body')]: 'b\nc' } });
  const fails = await scriptedSession(fleet, launch('fails'), { name: turned('attic') });
  await fails.held.finish({
    status: 'FAILED',
    failure: { code: 'agent_crashed', message: turned('It exited.') },
  });
  await fleet.launch({ ...launch('waits'), cwd: `/nobody/${turned('here')}` });
  await keyWith(fleet, ['runner'], turned('for the attic'));

  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  const found: string[] = [];
  const all = [
    ...screens,
    `/runners/${done.runner.id}`,
    ...[done, asks, fails].map(({ id }) => `/sessions/${id}`),
  ];
  for (const path of all) {
    await page.goto(path);
    // What is chosen from has texts alone, in which it is spelled.
    const isForm = path === '/sessions/new';
    await page
      .getByText(isForm ? '[U+202E]' : 'right-to-left override')
      .first()
      .waitFor({ timeout: 5_000, state: isForm ? 'attached' : 'visible' })
      .catch(() => found.push(`${path} shows no box`));
    await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
    found.push(
      ...(await page.evaluate(() => {
        const hidden = /[\u200B\u202A-\u202E\u2066-\u2069]/;
        const lines: string[] = [];
        const look = (where: string, text: string | null) => {
          if (text && hidden.test(text))
            lines.push(`${location.pathname}${location.search} ${where} ${text.slice(0, 60)}`);
        };
        // Choices of a closed list are texts too.
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode())
          look(`<${node.parentElement?.tagName}>`, node.textContent);
        const told = ['alt', 'aria-label', 'aria-valuetext', 'placeholder', 'title'];
        for (const element of document.body.querySelectorAll('*'))
          for (const name of told) look(`<${element.tagName} ${name}>`, element.getAttribute(name));
        look('the name of the tab', document.title);
        return lines;
      })),
    );
  }
  expect(found).toEqual([]);
}, 180_000);
