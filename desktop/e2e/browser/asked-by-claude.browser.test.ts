import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { modelMessages, text, toolUse } from '../../../runner-core/e2e/model-server.js';
import { type Dashboard, test } from './dashboard.js';

// The real Claude Code asks, through the real runner; what is pressed here reaches it.

const panel = ({ page }: Dashboard) => page.getByRole('region', { name: /^Waiting for you/ });

test('what is allowed in the browser is done on the machine, and for the session it is asked once', async ({
  fleet,
  model,
  open,
}) => {
  const command = { command: 'touch allowed.txt', description: 'Make a file' };
  model.says((request) => (modelMessages(request) < 2 ? [toolUse('Bash', command)] : [text('Made twice.')]));
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.launch('make a file', fleet.allowed);
  await panel(dashboard).getByText('Bash(touch allowed.txt)').waitFor();
  expect(existsSync(join(fleet.allowed, 'allowed.txt'))).toBe(false);
  await panel(dashboard).getByRole('button', { name: 'Allow for this session' }).click();
  await dashboard.conversation.getByText('Made twice.').waitFor();
  expect(existsSync(join(fleet.allowed, 'allowed.txt'))).toBe(true);
  await dashboard.conversation.getByText(/^Allowed for this session by /).waitFor();
  await dashboard.page.reload();
  await dashboard.conversation.getByText('Bash touch allowed.txt').first().click();
  await dashboard.conversation.getByText(/^Allowed for this session by /).waitFor();
});

test('what is answered in the browser is what Claude reads', async ({ fleet, model, open }) => {
  const question = {
    question: 'Which colour shall it have?',
    header: 'Colour',
    options: [
      { label: 'Green', description: 'As the logo' },
      { label: 'Red', description: 'As a warning' },
    ],
    multiSelect: false,
  };
  model.says((request) =>
    modelMessages(request) === 0
      ? [toolUse('AskUserQuestion', { questions: [question] })]
      : [text(JSON.stringify(request.messages).includes('Mauve') ? 'Mauve it is.' : 'Nobody said.')],
  );
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.launch('paint it', fleet.allowed);
  await panel(dashboard)
    .getByRole('textbox', { name: /^Other/ })
    .fill('Mauve');
  await panel(dashboard).getByRole('button', { name: 'Answer' }).click();
  await dashboard.conversation.getByText('Mauve it is.').waitFor();
  await dashboard.page.reload();
  await dashboard.conversation
    .getByText(/^Question/)
    .first()
    .click();
  await dashboard.conversation.getByText('Mauve', { exact: true }).waitFor();
});

test('a plan that is sent back is planned anew, and the word to it is read', async ({
  fleet,
  model,
  open,
}) => {
  const plan = (title: string) => toolUse('ExitPlanMode', { plan: `# ${title}\n\n1. Write the test` });
  model.says((request) => {
    const turn = modelMessages(request);
    if (turn === 0) return [plan('First plan')];
    const isHeard = JSON.stringify(request.messages).includes('with less in it');
    return turn === 1 && isHeard ? [plan('Second plan')] : [text('Off we go.')];
  });
  const { id } = await fleet.launch({ prompt: 'plan it', permissionMode: 'plan' });
  const dashboard = await open();
  const { page, conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto(`/sessions/${id}`);
  await conversation.getByRole('heading', { name: 'First plan' }).waitFor();
  await panel(dashboard).getByRole('button', { name: 'Keep planning, and say why…' }).click();
  await page.getByRole('textbox', { name: 'What should be different?' }).fill('Again, with less in it.');
  await panel(dashboard).getByRole('button', { name: 'Keep planning and tell Claude' }).click();
  await conversation.getByRole('heading', { name: 'Second plan' }).waitFor();
  await panel(dashboard).getByRole('button', { name: 'Approve the plan' }).click();
  await conversation.getByText('Off we go.').waitFor();
});
