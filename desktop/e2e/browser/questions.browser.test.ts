import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { seriousViolations } from './axe.js';
import { type Dashboard, type Open, test } from './dashboard.js';
import { type Hand, hands } from './hand.js';
import { type HeldRun, scriptedSession } from './scripted-runner.js';

const questions = [
  {
    question: 'Which server shall it be?',
    header: 'Server',
    options: [
      { label: 'Koa', description: 'Small, and known here' },
      { label: 'Fastify', description: 'Faster, and new here' },
    ],
    multiSelect: false,
  },
  {
    question: 'Which systems are tested?',
    header: 'Systems',
    options: [{ label: 'Linux' }, { label: 'macOS' }, { label: 'Windows' }],
    multiSelect: true,
  },
];
const asked = { tool: 'AskUserQuestion', message: 'AskUserQuestion', input: { questions } };
const planned = {
  tool: 'ExitPlanMode',
  message: 'ExitPlanMode',
  input: { plan: '# The plan\n\n1. Write the **test**\n2. <img src=x onerror=alert(1)>Mend the code' },
};

async function opened(
  fleet: Fleet,
  open: Open,
  what: Parameters<HeldRun['ask']>[0],
  options: Parameters<Open>[0] = {},
) {
  const { id, held } = await scriptedSession(fleet, { prompt: 'ask me', cwd: '/code/ask' });
  const asking = await held.ask(what);
  const dashboard = await open(options);
  await dashboard.enterSession(fleet.key, id);
  return { dashboard, asking };
}

const panel = ({ page }: Dashboard) => page.getByRole('region', { name: /^Waiting for you/ });
const group = (dashboard: Dashboard, name: RegExp) => panel(dashboard).getByRole('group', { name });

describe.each(hands)('with the $name alone', (hand: Hand) => {
  test('questions are answered with options and with words of one’s own', async ({ fleet, open }) => {
    const { dashboard, asking } = await opened(fleet, open, asked, { hand });
    const { page, conversation } = dashboard;
    const server = group(dashboard, /Which server/);
    const systems = group(dashboard, /Which systems/);
    const answer = panel(dashboard).getByRole('button', { name: 'Answer' });
    await hand.tick(systems.getByRole('checkbox', { name: /Linux/ }));
    await hand.tick(systems.getByRole('checkbox', { name: /Windows/ }));
    await hand.press(answer);
    await server.getByText('Choose an answer, or write one.').waitFor();
    expect(await systems.getByText('Choose an answer').count()).toBe(0);
    await hand.tick(server.getByRole('radio', { name: /Koa/ }));
    await hand.type(systems.getByRole('textbox'), 'and a phone');
    await expect.poll(() => systems.getByRole('checkbox', { name: 'Other' }).isChecked()).toBe(true);
    // What is filled in is not lost.
    await page.reload();
    await expect.poll(() => server.getByRole('radio', { name: /Koa/ }).isChecked()).toBe(true);
    await hand.press(answer);
    await conversation.getByText(/^Allowed by /).waitFor();
    expect(await asking.decided()).toMatchObject({
      decision: 'allow',
      answers: {
        'Which server shall it be?': 'Koa',
        'Which systems are tested?': 'Linux, Windows, and a phone',
      },
    });
    await conversation.getByText('Linux, Windows, and a phone', { exact: true }).waitFor();
  });

  test('a plan is read as it is meant, and sent back with a word', async ({ fleet, open }) => {
    const { dashboard, asking } = await opened(fleet, open, planned, { hand });
    const { page, conversation } = dashboard;
    await conversation.getByRole('heading', { name: 'The plan' }).waitFor();
    await conversation.locator('strong', { hasText: 'test' }).waitFor();
    await panel(dashboard).getByRole('button', { name: 'Approve the plan' }).waitFor();
    await hand.press(panel(dashboard).getByRole('button', { name: 'Keep planning, and say why…' }));
    await hand.type(page.getByRole('textbox', { name: 'What should be different?' }), 'Tests last.');
    await hand.press(panel(dashboard).getByRole('button', { name: 'Keep planning and tell Claude' }));
    await conversation.getByText(/^Denied by .*: Tests last\./).waitFor();
    expect(await asking.decided()).toMatchObject({ decision: 'deny', reason: 'Tests last.' });
    await conversation.getByRole('heading', { name: 'The plan' }).waitFor();
  });
});

test('a plan is approved', async ({ fleet, open }) => {
  const { dashboard, asking } = await opened(fleet, open, planned);
  await panel(dashboard).getByRole('button', { name: 'Approve the plan' }).click();
  expect(await asking.decided()).toMatchObject({ decision: 'allow' });
});

test('keys do not answer questions that nobody answered', async ({ fleet, open }) => {
  const { dashboard, asking } = await opened(fleet, open, asked);
  const { page } = dashboard;
  await panel(dashboard).getByRole('button', { name: 'Answer' }).waitFor();
  await page.keyboard.press('w');
  await expect.poll(() => panel(dashboard).evaluate((at) => at === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+Enter');
  await group(dashboard, /Which server/)
    .getByRole('radio', { name: /Fastify/ })
    .check();
  await page.keyboard.press('ControlOrMeta+Enter');
  await group(dashboard, /Which systems/)
    .getByText('Choose an answer, or write one.')
    .waitFor();
  expect(await fleet.get(`/approvals/${asking.id}`)).toMatchObject({ state: 'waiting' });
  await panel(dashboard).getByRole('button', { name: 'Deny', exact: true }).click();
  expect(await asking.decided()).toMatchObject({ decision: 'deny' });
});

describe.each([
  ['questions that are a text', { questions: '<script>alert(1)</script>' }],
  ['an option without a label', { questions: [{ question: 'Which?', options: [{ description: 'x' }] }] }],
  ['nothing', {}],
])('of a call with %s', (_what, input) => {
  test('it is asked as of any tool', async ({ fleet, open }) => {
    const { dashboard, asking } = await opened(fleet, open, { ...asked, input });
    await panel(dashboard).getByText('Claude has a question, in a form that is new here').waitFor();
    await panel(dashboard).getByRole('button', { name: 'Allow', exact: true }).click();
    expect(await asking.decided()).toEqual({ decision: 'allow', decidedBy: expect.any(String) });
  });
});

describe.each([
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
] as const)('with %j', (profile) => {
  test.for([
    ['questions', asked],
    ['a plan', planned],
  ] as const)('nothing keeps people from answering %s', async ([, what], { fleet, open }) => {
    const { dashboard } = await opened(fleet, open, what, profile);
    await panel(dashboard)
      .getByRole('button', { name: /^(Answer|Approve the plan)$/ })
      .click({ trial: true });
    expect(await seriousViolations(dashboard.page)).toEqual([]);
  });
});
