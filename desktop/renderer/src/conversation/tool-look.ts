import { type Brief, briefOf } from './brief.js';
import { type DiffLine, editLines } from './edits.js';
import type { ToolItem } from './items.js';
import { textAt } from './payload.js';
import { type AskedQuestion, planOf, questionsOf } from './questions.js';
import { listedTasks, type Task, todosOf } from './tasks.js';
import { type Hit, type NumberedLine, numberedLines, searchHits } from './tool-output.js';

/** What a call is drawn as. */
export type Look =
  | { type: 'diff'; lines: DiffLine[]; path: string }
  | { type: 'file'; lines: NumberedLine[]; path: string }
  | { type: 'command'; command: string }
  | { type: 'search'; hits: Hit[] | undefined; pattern: string | undefined; brief: Brief }
  | { type: 'tasks'; tasks: readonly Task[] }
  | { type: 'questions'; questions: AskedQuestion[] }
  | { type: 'plan'; plan: string }
  | { type: 'brief'; brief: Brief };

export function lookOf({ name, title, input, result }: ToolItem): Look {
  const path = textAt(input, 'file_path', 'notebook_path', 'path') ?? '';
  const lines = editLines(name, input, result?.hunks);
  if (lines) return { type: 'diff', lines, path };
  if (name === 'Bash' || name === 'PowerShell') {
    const command = textAt(input, 'command');
    if (command !== undefined) return { type: 'command', command };
  }
  const brief = briefOf(name, input, title);
  if (name === 'Grep' || name === 'Glob') {
    const hits = result && !result.isError ? searchHits(result.text) : undefined;
    return { type: 'search', hits, pattern: name === 'Grep' ? textAt(input, 'pattern') : undefined, brief };
  }
  const listed = name === 'TaskList' && result && !result.isError && listedTasks(result.told, result.text);
  const tasks = todosOf(input) ?? (listed || undefined);
  if (tasks) return { type: 'tasks', tasks };
  const questions = questionsOf(name, input);
  if (questions) return { type: 'questions', questions };
  // With an empty input the plan stands in what Claude Code tells of the answer.
  const plan = planOf(name, input) ?? planOf(name, result?.told ?? {});
  if (plan !== undefined) return { type: 'plan', plan };
  const file = name === 'Read' && result?.images.length === 0 ? numberedLines(result.text) : undefined;
  return file ? { type: 'file', lines: file, path } : { type: 'brief', brief };
}

/** In a word or two what a look shows. */
export function wordOf(look: Look): string {
  if (look.type === 'file') return count(look.lines.length, 'line');
  if (look.type === 'tasks') {
    return `${look.tasks.filter(({ status }) => status === 'completed').length} of ${look.tasks.length}`;
  }
  if (look.type !== 'search' || !look.hits) return '';
  const lines = look.hits.reduce((sum, hit) => sum + hit.lines.length, 0);
  return lines > 0
    ? `${count(lines, 'hit')} in ${count(look.hits.length, 'file')}`
    : count(look.hits.length, 'file');
}

const count = (number: number, word: string) =>
  `${number.toLocaleString()} ${word}${number === 1 ? '' : 's'}`;
