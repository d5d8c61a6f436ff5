import path from 'node:path';
import { expect, test } from 'vitest';
import { toolLine } from './tool-line.js';

const cwd = path.resolve('/code/api');

test.each([
  [
    'Edit',
    { file_path: path.join(cwd, 'src', 'app.ts'), old_string: 'a' },
    `Edit ${path.join('src', 'app.ts')}`,
  ],
  ['Read', { file_path: path.resolve('/etc/hosts') }, `Read ${path.resolve('/etc/hosts')}`],
  ['Read', { file_path: path.resolve('/code/api-evil/x') }, `Read ${path.resolve('/code/api-evil/x')}`],
  ['LS', { path: cwd }, 'LS .'],
  ['Bash', { command: 'npm test', description: 'Run the tests' }, 'Bash npm test'],
  ['Bash', { command: 'cat <<E\nhello\nE' }, 'Bash cat <<E hello E'],
  ['Grep', { pattern: 'TODO', path: cwd }, 'Grep TODO'],
  ['WebFetch', { url: 'https://example.com', prompt: 'read' }, 'WebFetch https://example.com'],
  ['Task', { description: 'Look around', prompt: 'long' }, 'Task Look around'],
  ['mcp__db__query', {}, 'mcp db query'],
  ['mcp__github__create_issue', { owner: 'a', title: 'It is slow' }, 'mcp github create_issue It is slow'],
  ['mcp__db__run_query', { limit: 5, statement: 'select 1' }, 'mcp db run_query select 1'],
  [
    'Agent',
    { subagent_type: 'Explore', description: 'find the tests', prompt: 'p' },
    'Agent Explore: find the tests',
  ],
  ['Agent', { description: 'find the tests' }, 'Agent find the tests'],
  ['TaskCreate', { subject: 'Fix the route', description: 'long' }, 'TaskCreate Fix the route'],
  ['TaskUpdate', { taskId: '3', status: 'in_progress' }, 'TaskUpdate #3 in_progress'],
  ['TaskUpdate', { taskId: '3', subject: 'Fix it', owner: 'bob' }, 'TaskUpdate #3 to bob: Fix it'],
  ['TaskUpdate', { taskId: '3', addBlockedBy: ['1', '2'] }, 'TaskUpdate #3 waits for 2 tasks'],
  ['TaskGet', { taskId: '3' }, 'TaskGet #3'],
  ['TaskList', {}, 'TaskList'],
  ['TaskStop', { task_id: 'b6vaonb7m' }, 'TaskStop b6vaonb7m'],
  ['TaskOutput', { task_id: 'b6vaonb7m', block: true }, 'TaskOutput b6vaonb7m'],
  ['BashOutput', { bash_id: 'bash_1' }, 'BashOutput bash_1'],
  ['KillShell', { shell_id: 'bash_1' }, 'KillShell bash_1'],
  ['Skill', { skill: 'commit', args: '-m hi' }, 'Skill commit -m hi'],
  ['SlashCommand', { command: '/review 12' }, 'SlashCommand /review 12'],
  ['EnterPlanMode', {}, 'EnterPlanMode'],
  ['ExitPlanMode', { plan: '\n## The plan\n1. do it' }, 'ExitPlanMode The plan'],
  ['EnterWorktree', { name: 'fix-route' }, 'EnterWorktree fix-route'],
  ['ExitWorktree', { action: 'keep' }, 'ExitWorktree keep'],
  ['ToolSearch', { query: 'select:WebFetch', max_results: 5 }, 'ToolSearch select:WebFetch'],
  ['NotebookEdit', { notebook_path: path.join(cwd, 'a.ipynb'), new_source: 'x' }, 'NotebookEdit a.ipynb'],
  ['MultiEdit', { file_path: path.join(cwd, 'a.ts'), edits: [] }, 'MultiEdit a.ts'],
  ['SendMessage', { to: 'bob', summary: 'ask for help', message: 'm' }, 'SendMessage to bob: ask for help'],
  ['CronCreate', { cron: '0 9 * * *', prompt: 'look' }, 'CronCreate 0 9 * * *: look'],
  ['ScheduleWakeup', { delaySeconds: 60, reason: 'wait' }, 'ScheduleWakeup in 60 s: wait'],
  ['ReportFindings', { findings: [{}, {}] }, 'ReportFindings 2 findings'],
  [
    'AskUserQuestion',
    { questions: [{ question: 'Which?' }, { question: 'Why?' }] },
    'AskUserQuestion Which? (+1 more)',
  ],
  [
    'TodoWrite',
    { todos: [{ status: 'completed' }, { status: 'in_progress', activeForm: 'Testing' }] },
    'TodoWrite 1 of 2 done: Testing',
  ],
  ['constructor', {}, 'constructor'],
  ['Agent', { subagent_type: 7, description: ['x'] }, 'Agent'],
  ['TaskUpdate', { taskId: {}, status: null }, 'TaskUpdate'],
  ['Bash', { command: '\u001b[31mrm\u001b[0m -rf \u001b]0;title\u0007x\u0000' }, 'Bash rm -rf x'],
  ['Edit', { file_path: 7 }, 'Edit'],
])('%s with %j reads %s', (name, input, line) => {
  expect(toolLine(name, input, cwd)).toBe(line);
});

test('a long command is cut to one readable line', () => {
  const line = toolLine('Bash', { command: 'echo '.repeat(10_000) }, cwd);
  expect(line).toHaveLength(500);
  expect(line.endsWith('…')).toBe(true);
});
