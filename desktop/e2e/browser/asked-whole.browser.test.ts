import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { everyViolation } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { type HeldRun, scriptedSession } from './scripted-runner.js';

type Asked = Parameters<HeldRun['ask']>[0];

const rows = (count: number, text: (row: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at + 1)).join('\n');

const longCommand = `${rows(59, (row) => `echo step ${row}`)}\nrm -rf "$HOME"`;
const command = { tool: 'Bash', message: 'Bash echo step 1', input: { command: longCommand } };
const write = {
  tool: 'Write',
  message: 'Write src/new.ts',
  input: {
    file_path: '/code/app/src/new.ts',
    content: rows(3_000, (row) => `export const n${row} = ${row};`),
  },
};
const edit = {
  tool: 'Edit',
  message: 'Edit src/app.ts',
  input: {
    file_path: '/code/app/src/app.ts',
    old_string: rows(80, (row) => `const a${row} = 1;`),
    new_string: rows(80, (row) => `const a${row} = 2;`),
  },
};
const prompt = {
  tool: 'Task',
  message: 'Task look around',
  input: { description: 'look around', prompt: 'Look at every file and say what it does. '.repeat(2_400) },
};
const unknown = {
  tool: 'mcp__db__run',
  message: 'mcp__db__run',
  input: { statements: Array.from({ length: 60 }, (_, at) => ({ sql: `select ${at}` })) },
};

interface Waiting {
  id: string;
  decided: () => Promise<string>;
}

async function waits(fleet: Fleet, title: string, asked: Asked): Promise<Waiting> {
  const { id, held } = await scriptedSession(fleet, { prompt: title, cwd: '/code/app' });
  const asking = await held.ask(asked);
  return { id, decided: async () => (await fleet.get<{ state: string }>(`/approvals/${asking.id}`)).state };
}

/** The two screens that ask. */
const screens = [
  {
    screen: 'session',
    enter: (dashboard: Dashboard, fleet: Fleet, { id }: Waiting) => dashboard.enterSession(fleet.key, id),
  },
  {
    screen: 'list of what waits',
    enter: (dashboard: Dashboard, fleet: Fleet, _: Waiting, title: string) =>
      dashboard.signIn(fleet.key, `/sessions?q=${encodeURIComponent(title)}&waiting=true`),
  },
];
const panel = ({ page }: Dashboard) => page.locator('[data-approval][data-waits]');
const button = (dashboard: Dashboard, name: RegExp) => panel(dashboard).getByRole('button', { name });
const unseen = (dashboard: Dashboard) => panel(dashboard).getByText(/^… [\d,]+ more lines? that you have/);

describe.each(screens)('in the $screen', ({ screen, enter }) => {
  test.for([
    ['a command of 60 lines', command, 45],
    ['a file of 3,000 lines', write, 2_900],
    ['a change of 160 lines', edit, 100],
    ['a prompt of 100,000 characters', prompt, 100],
    ['the lists of a tool that nobody knows', unknown, 100],
  ] as const)(
    '%s says how much of it was not seen, and is not allowed by one press',
    async ([name, asked, least], { fleet, open }) => {
      const title = `${name} in the ${screen}`;
      const waiting = await waits(fleet, title, asked);
      const dashboard = await open();
      await enter(dashboard, fleet, waiting, title);
      const count = async () =>
        Number(/[\d,]+/.exec(await unseen(dashboard).innerText())?.[0].replaceAll(',', ''));
      await unseen(dashboard).waitFor();
      expect(await count()).toBeGreaterThan(least);
      await button(dashboard, /^Allow(:|$)/).click();
      await button(dashboard, /^Allow without having seen all of it\?/).waitFor();
      expect(await waiting.decided()).toBe('waiting');
      await button(dashboard, /^Show all of it/).click();
      await panel(dashboard).getByText('All of it is shown').waitFor();
      // All of it stands on the page, with nothing beyond an edge.
      const boxes = dashboard.page.locator('[data-asked]');
      expect(
        await boxes.evaluateAll(
          (all) =>
            all.filter(
              (box) => box.scrollHeight > box.clientHeight + 2 || box.scrollWidth > box.clientWidth + 2,
            ).length,
        ),
      ).toBe(0);
      await button(dashboard, /^Allow(:|$)/).click();
      await expect.poll(waiting.decided).toBe('allowed');
    },
  );
});

test('who scrolls through all of it has seen it; who jumps to its end has not', async ({ fleet, open }) => {
  const waiting = await waits(fleet, 'scrolled through', command);
  const dashboard = await open();
  await dashboard.enterSession(fleet.key, waiting.id);
  await unseen(dashboard).waitFor();
  const box = dashboard.page.locator('pre[data-asked]');
  await box.evaluate((at) => at.scrollTo(0, at.scrollHeight));
  await expect.poll(() => unseen(dashboard).innerText()).toMatch(/^… 3\d more lines/);
  // As a wheel does: a frame of each place is drawn, however busy the machine is.
  for (let tries = 0; tries < 40; tries += 1)
    await box.evaluate((at, top) => {
      at.scrollTo(0, top);
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }, tries * 60);
  await panel(dashboard).getByText('All of it is shown').waitFor();
  await button(dashboard, /^Allow$/).click();
  await expect.poll(waiting.decided).toBe('allowed');
});

test('the dangerous line of a long command is named beside the buttons, however far down it stands', async ({
  fleet,
  open,
}) => {
  const dashboard = await open({ viewport: { width: 360, height: 740 } });
  const { id } = await waits(fleet, 'named', command);
  await dashboard.enterSession(fleet.key, id);
  const named = panel(dashboard).getByRole('list', { name: 'Dangerous lines' });
  expect(await named.getByRole('listitem').allInnerTexts()).toEqual(['Line 60: rm -rf "$HOME"']);
  expect(await everyViolation(dashboard.page)).toEqual([]);
});

test('a file of 3,000 lines is readable in both themes, with its numbers', async ({ fleet, open }) => {
  const dashboard = await open();
  const { id } = await waits(fleet, 'readable', write);
  await dashboard.enterSession(fleet.key, id);
  await unseen(dashboard).waitFor();
  expect(await everyViolation(dashboard.page)).toEqual([]);
});

test('the list of what waits is headed by the command; what Claude says of it is told as its words', async ({
  fleet,
  open,
}) => {
  await waits(fleet, 'headed', {
    tool: 'Bash',
    message: 'Bash rm -rf build',
    input: { command: 'rm -rf build', description: 'List the files' },
    sessionGrant: 'Bash(rm:*)',
  });
  const dashboard = await open();
  await dashboard.signIn(fleet.key, '/sessions?q=headed&waiting=true');
  const card = dashboard.page.locator('.card[data-waits]');
  await card.getByText('Bash rm -rf build', { exact: true }).waitFor();
  await card.getByText('Claude says of it: “List the files”').waitFor();
  // What is dangerous is asked each time.
  expect(await card.getByRole('button', { name: /session/ }).count()).toBe(0);
});
