import type { Said } from './scripted-runner.js';

/** Events as the Claude Code adapter makes them, in short. */
export const assistant = (text: string): Said => ({
  kind: 'assistant',
  message: text.slice(0, 400) || 'text',
  data: { type: 'text', text },
});

export const thinking = (thought: string): Said => ({
  kind: 'thinking',
  message: thought.slice(0, 400),
  data: { type: 'thinking', thinking: thought },
});

/** A call of a tool and what it answered. */
export function toolCall(
  line: string,
  name: string,
  input: Record<string, string | number | boolean>,
  output: string,
  isError = false,
): [Said, Said] {
  const id = `toolu_${Math.random().toString(36).slice(2)}`;
  return [
    { kind: 'tool_use', message: line, data: { type: 'tool_use', id, name, input } },
    {
      kind: 'tool_result',
      message: output.slice(0, 400).split('\n')[0] || 'no output',
      data: { type: 'tool_result', tool_use_id: id, content: output, is_error: isError },
    },
  ];
}
