import type { Event } from '@agentfleet/contract';

/** What the last event of the log says. */
export const lastWords = 'That was the last of them.';

const at = '2026-11-24T08:00:00.000Z';
const batchOf = 500;
/** Files that a long session changes over and over. */
const filesOf = 60;

/** A log like that of a long session: prose with code, thoughts, commands, edits, searches and files that are read. */
export function* conversationOf(count: number): Generator<Event[]> {
  let batch: Event[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    batch.push(seq === count ? said(seq, lastWords) : eventOf(seq));
    if (batch.length === batchOf || seq === count) {
      yield batch;
      batch = [];
    }
  }
}

function eventOf(seq: number): Event {
  const step = Math.floor(seq / 8);
  const call = `toolu_${step}_${Math.floor((seq % 8) / 2)}`;
  switch (seq % 8) {
    case 0:
      return said(
        seq,
        `## Step ${step}\n\nNow the **next part**: \`src/part-${step}.ts\` needs a look.\n\n\`\`\`ts\nexport function part${step}(input: string): number {\n  return input.length * ${step};\n}\n\`\`\``,
      );
    case 1:
      return event(seq, 'thinking', `step ${step}: think about it`, {
        type: 'thinking',
        thinking: `step ${step}. `.repeat(20),
      });
    case 2:
      return used(seq, call, 'Bash', { command: `npm test -- part-${step}` });
    case 3:
      return answered(seq, call, `ok ${step}\n${'a line of the output of a test\n'.repeat(8)}`);
    case 4:
      return used(seq, call, 'Edit', {
        file_path: `/code/src/part-${step % filesOf}.ts`,
        old_string: `const a = ${step};`,
        new_string: `const a = ${step + 1};\nconst b = a * 2;`,
      });
    case 5:
      return answered(seq, call, 'The file was changed.');
    case 6:
      return used(seq, call, 'Grep', { pattern: `part${step}` });
    default:
      return answered(
        seq,
        call,
        `src/part-${step}.ts:1:export function part${step}\nsrc/index.ts:${step}:part${step}`,
      );
  }
}

const event = (seq: number, kind: Event['kind'], message: string, data: Event['data']): Event => ({
  seq,
  kind,
  message,
  data,
  at,
});
const said = (seq: number, text: string) =>
  event(seq, 'assistant', text.slice(0, 80), { type: 'text', text });
const used = (seq: number, id: string, name: string, input: Record<string, string>) =>
  event(seq, 'tool_use', `${name} ${Object.values(input)[0]}`, { type: 'tool_use', id, name, input });
const answered = (seq: number, id: string, content: string) =>
  event(seq, 'tool_result', content.split('\n')[0] ?? '', { type: 'tool_result', tool_use_id: id, content });
