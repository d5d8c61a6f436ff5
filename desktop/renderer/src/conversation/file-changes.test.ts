import type { Event } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Conversation } from './conversation.js';
import { byFile, changesIn } from './file-changes.js';

let seq = 0;
const event = (facts: Pick<Event, 'kind' | 'message' | 'data'>): Event => {
  seq += 1;
  return { ...facts, seq, at: '2026-11-30T10:00:00.000Z' };
};
const call = (name: string, input: Record<string, string>, isError = false): Event[] => {
  const id = `toolu_${seq}`;
  return [
    event({ kind: 'tool_use', message: name, data: { type: 'tool_use', id, name, input } }),
    event({
      kind: 'tool_result',
      message: 'ok',
      data: { type: 'tool_result', tool_use_id: id, content: 'ok', is_error: isError },
    }),
  ];
};

test('changes of a file add up, the newest first; what failed or was not answered changed nothing', () => {
  seq = 0;
  const conversation = new Conversation();
  conversation.append([
    ...call('Write', { file_path: '/a', content: 'one\ntwo\n' }),
    ...call('Write', { file_path: '/b', content: 'one\n' }),
    ...call('Edit', { file_path: '/a', old_string: 'two', new_string: 'three\nfour' }),
    ...call('Edit', { file_path: '/c', old_string: 'x', new_string: 'y' }, true),
    ...call('Read', { file_path: '/d' }),
    ...call('Write', { file_path: '/e', content: 'on its way' }).slice(0, 1),
  ]);
  expect(byFile(changesIn(conversation.items))).toEqual([
    { path: '/a', added: 4, removed: 1, seq: 5 },
    { path: '/b', added: 1, removed: 0, seq: 3 },
  ]);
});
