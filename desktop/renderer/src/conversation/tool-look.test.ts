import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { briefOf, mcpToolOf } from './brief.js';
import type { ToolItem } from './items.js';
import { lookOf, wordOf } from './tool-look.js';

const used = (name: string, input: JsonObject, told?: JsonObject, text = ''): ToolItem => ({
  ...{
    type: 'tool',
    seq: 1,
    key: '1',
    at: '2026-11-30T10:00:00.000Z',
    nested: false,
    name,
    title: name,
    input,
  },
  result: told
    ? {
        seq: 2,
        at: '',
        nested: false,
        text,
        isError: false,
        truncated: false,
        hunks: undefined,
        images: [],
        told,
      }
    : null,
});

test('what a tool was given is read as names and values, then texts, then lists, without what its line says', () => {
  const input = {
    ...{ description: 'Look around', prompt: 'Find\nthe bug', subagent_type: 'Explore', isolation: null },
    ...{ run_in_background: true, maxTurns: 3, addBlockedBy: ['1', '2'], metadata: {}, edits: [{ a: 1 }] },
  };
  expect(briefOf('Agent', input, 'Agent Look around')).toEqual({
    facts: [
      { name: 'subagent type', value: 'Explore' },
      { name: 'run in background', value: 'yes' },
      { name: 'max turns', value: '3' },
      { name: 'add blocked by', value: '1, 2' },
    ],
    texts: [{ name: 'prompt', text: 'Find\nthe bug' }],
    rest: { edits: [{ a: 1 }] },
    isProse: true,
  });
});

test('a file that the line of a call names is not named again by its whole path', () => {
  const files = { file_path: '/code/app/src/a.png', other: '/code/app/bsrc/ba.png' };
  expect(briefOf('Read', files, 'Read src/a.png').facts).toEqual([
    { name: 'other', value: '/code/app/bsrc/ba.png' },
  ]);
});

test('a tool of an MCP server has two names', () => {
  expect(mcpToolOf('mcp__github__create_issue')).toEqual({ server: 'github', tool: 'create_issue' });
  expect(mcpToolOf('mcp__claude_ai_Gmail__send')).toEqual({ server: 'claude_ai_Gmail', tool: 'send' });
  expect([mcpToolOf('Bash'), mcpToolOf('mcp__x')]).toEqual([undefined, undefined]);
});

test('TaskList and TodoWrite are lists with how far they are, a plan is one also when only the answer has it', () => {
  const told = {
    tasks: [
      { id: '1', subject: 'A', status: 'completed' },
      { id: '2', subject: 'B' },
    ],
  };
  const listed = lookOf(used('TaskList', {}, told));
  expect([listed.type, wordOf(listed)]).toEqual(['tasks', '1 of 2']);
  expect(lookOf(used('TodoWrite', { todos: [{ content: 'A' }] })).type).toBe('tasks');
  expect(lookOf(used('ExitPlanMode', {}, { plan: '# Do it' }))).toEqual({ type: 'plan', plan: '# Do it' });
  expect(lookOf(used('ExitPlanMode', {})).type).toBe('brief');
});

test('a cell of a notebook is a change, its deletion is not', () => {
  const cell = { notebook_path: 'a.ipynb', new_source: 'x = 1\ny = 2', cell_id: 'c1' };
  const look = lookOf(used('NotebookEdit', cell));
  expect(look).toMatchObject({ type: 'diff', lines: [{ type: 'added' }, { type: 'added' }] });
  expect(lookOf(used('NotebookEdit', { ...cell, edit_mode: 'delete' })).type).toBe('brief');
});
