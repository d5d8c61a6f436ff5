import type { Run } from '@agentfleet/contract';
import { closedWords } from '../approvals/words.js';
import { countLines, editLines } from './edits.js';
import { imageWords } from './images.js';
import type { Item, ToolItem } from './items.js';
import { textAt } from './payload.js';
import { terminalText } from './terminal.js';
import { titleOf } from './tool-names.js';

/** A whole session as markdown: what was asked, and everything that followed. */
export function sessionAsMarkdown(run: Run, items: readonly Item[]): string {
  const head = `# ${run.input.split('\n')[0]?.slice(0, 120) ?? 'Session'}\n\n> ${run.input.replaceAll('\n', '\n> ')}`;
  const facts = `\`${run.cwd}\` · ${run.createdAt} · ${run.id}`;
  return `${[head, facts, ...items.map(itemAsMarkdown)].filter((part) => part !== '').join('\n\n')}\n`;
}

/** One item as markdown, fit to be pasted into an issue. */
export function itemAsMarkdown(item: Item): string {
  switch (item.type) {
    case 'assistant':
      return item.text;
    case 'thinking':
      return `<details><summary>Thinking</summary>\n\n${item.text}\n\n</details>`;
    case 'tool':
      return toolAsMarkdown(item);
    case 'result':
      return item.isError ? `**Failed:** ${item.text}` : `**Done.** ${figures(item)}`.trim();
    case 'error':
      return `**Error:** ${item.text}`;
    case 'system':
      return `*${item.text}*`;
  }
}

function toolAsMarkdown(item: ToolItem): string {
  const { name, title, input, result } = item;
  const command = textAt(input, 'command');
  const lines = editLines(name, input, result?.hunks);
  const parts = [`**${titleOf(name, title).replaceAll('*', '\\*')}**${result?.isError ? ' (failed)' : ''}`];
  if (lines) {
    const { added, removed } = countLines(lines);
    const signs = { added: '+', removed: '-', same: ' ', gap: '@@' };
    parts.push(`+${added} −${removed}`);
    parts.push(fenced(lines.map(({ type, text }) => `${signs[type]}${text}`).join('\n'), 'diff'));
  } else if (command !== undefined) {
    parts.push(fenced(command, 'sh'));
  }
  if (item.asked && item.asked.state !== 'waiting') parts.push(`*${closedWords(item.asked)}*`);
  const output = result && (!lines || result.isError) ? terminalText(result.text) : '';
  if (output !== '') parts.push(fenced(output));
  for (const image of result?.images ?? []) parts.push(`*[${imageWords(image)}]*`);
  return parts.join('\n\n');
}

/** A fence that is longer than any in the text. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((fence) => fence.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function figures({ turns, costUsd }: Extract<Item, { type: 'result' }>): string {
  const said = [
    turns === undefined ? '' : `${turns} ${turns === 1 ? 'turn' : 'turns'}`,
    costUsd === undefined ? '' : `$${costUsd}`,
  ];
  return said.filter((figure) => figure !== '').join(', ');
}
