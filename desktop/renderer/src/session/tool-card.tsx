import type { Approval } from '@agentfleet/contract';
import {
  Bot,
  FileText as FileIcon,
  FilePen,
  Globe,
  ListTodo,
  type LucideIcon,
  MessageCircleQuestionMark,
  Search,
  Terminal as TerminalIcon,
  Wrench,
} from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useMay } from '../app/signed-in.js';
import { ApprovalPanel } from '../approvals/approval-panel.js';
import { ClosedLine } from '../approvals/closed-line.js';
import { useApprovalOf } from '../approvals/run-approvals.js';
import { countLines, type DiffLine, editLines } from '../conversation/edits.js';
import type { ToolItem } from '../conversation/items.js';
import { languageOf } from '../conversation/language.js';
import { textAt } from '../conversation/payload.js';
import { type AskedQuestion, planOf, questionsOf } from '../conversation/questions.js';
import {
  type Hit,
  type NumberedLine,
  numberedLines,
  searchHits,
  type Todo,
  todosOf,
} from '../conversation/tool-output.js';
import { formatDuration } from '../ui/format.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { DiffView } from './diff-view.js';
import { Code } from './highlight/code.js';
import { Markdown } from './markdown.js';
import { FileText } from './tools/file-text.js';
import { Hits } from './tools/hits.js';
import { Questions } from './tools/questions.js';
import { Terminal } from './tools/terminal.js';
import { Todos } from './tools/todos.js';

/** What a call is drawn as. */
type Look =
  | { type: 'diff'; lines: DiffLine[]; path: string }
  | { type: 'file'; lines: NumberedLine[]; path: string }
  | { type: 'command'; command: string }
  | { type: 'search'; hits: Hit[] | undefined; pattern: string | undefined }
  | { type: 'todos'; todos: Todo[] }
  | { type: 'questions'; questions: AskedQuestion[] }
  | { type: 'plan'; plan: string }
  | { type: 'other' };

interface Props {
  item: ToolItem;
  /** Open whatever it would be by itself, e.g. because what is looked for is in it. */
  reveal?: boolean;
  /** What it waits for, where no line of the log says it. */
  asked?: Approval;
}

/** A call of a tool on one line; opened, what it was given, who allowed it, and what it answered. */
export function ToolCard({ item, reveal = false, asked }: Props) {
  const { title, result } = item;
  const approval = useApprovalOf(item.callId) ?? asked;
  const mayDecide = useMay('runs:write');
  const waits = approval?.state === 'waiting' && result === null;
  // Whoever answered sees what follows: it does not fold under their hands.
  const [waited, setWaited] = useState(waits);
  if (waits && !waited) setWaited(true);
  const look = useMemo(() => lookOf(item), [item]);
  // A change or a plan is what one looks for; everything else is opened on demand, failures included.
  const byItself =
    (look.type === 'diff' && look.lines.length <= 40) || look.type === 'todos' || look.type === 'plan';
  const [chosen, setChosen] = useState<boolean>();
  const open = chosen ?? (byItself || reveal || waited);
  const failed = result?.isError === true;
  const Icon = iconOf(item);
  const permission = approval ? (
    <ApprovalPanel approval={approval} />
  ) : (
    item.asked && item.asked.state !== 'waiting' && <Settled {...item.asked} />
  );
  return (
    <details
      open={open}
      onToggle={(event) => setChosen(event.currentTarget.open)}
      className="card"
      data-waits={waits || undefined}
    >
      <summary>
        <Icon aria-hidden="true" size={14} className={`shrink-0 ${failed ? 'text-bad' : 'text-soft'}`} />
        <span className="mono min-w-0 flex-1 truncate">{title}</span>
        <Outcome item={item} look={look} />
        <Mark failed={failed} done={result !== null} waits={waits} />
      </summary>
      {open && (
        <div className="flex flex-col">
          <Body
            item={item}
            look={look}
            permission={permission}
            isAsked={waits && mayDecide}
            answers={approval?.answers ?? item.asked?.answers ?? null}
          />
          {result?.truncated && (
            <p className="border-line border-t px-3 py-1.5 text-soft">
              Cut by the runner; the rest was not stored.
            </p>
          )}
        </div>
      )}
    </details>
  );
}

function Settled(asked: NonNullable<ToolItem['asked']>) {
  return (
    <div className="approval">
      <ClosedLine {...asked} />
    </div>
  );
}

function Mark({ failed, done, waits }: { failed: boolean; done: boolean; waits: boolean }) {
  if (waits) {
    return (
      <span className="whitespace-nowrap text-warn text-xs">
        <span aria-hidden="true" className="font-mono">
          ◆
        </span>{' '}
        Waiting for you
      </span>
    );
  }
  const colour = failed ? 'text-bad' : done ? 'text-good' : 'breathing text-accent';
  return (
    <>
      <span aria-hidden="true" className={`w-3 shrink-0 text-center font-mono ${colour}`}>
        {failed ? '✕' : done ? '✓' : '●'}
      </span>
      <span className="sr-only">{failed ? 'failed' : done ? 'done' : 'running'}</span>
    </>
  );
}

/** In a word or two how it went. */
function Outcome({ item, look }: { item: ToolItem; look: Look }) {
  const { result, at } = item;
  if (look.type === 'diff') {
    const { added, removed } = countLines(look.lines);
    return (
      <span className="mono whitespace-nowrap">
        {added > 0 && <span className="text-good">+{added}</span>}
        {added > 0 && removed > 0 && ' '}
        {removed > 0 && <span className="text-bad">−{removed}</span>}
      </span>
    );
  }
  const took = result ? Date.parse(result.at) - Date.parse(at) : 0;
  const said = result?.isError ? exitOf(result.text) : wordOf(look);
  const words = [said, took >= 1_000 ? formatDuration(took) : ''].filter((word) => word !== '');
  return words.length === 0 ? null : (
    <span className="max-w-[40%] truncate whitespace-nowrap text-soft text-xs tabular-nums">
      {words.join(' · ')}
    </span>
  );
}

function wordOf(look: Look): string {
  if (look.type === 'file') return count(look.lines.length, 'line');
  if (look.type === 'todos') {
    return `${look.todos.filter(({ status }) => status === 'completed').length} of ${look.todos.length}`;
  }
  if (look.type !== 'search' || !look.hits) return '';
  const lines = look.hits.reduce((sum, hit) => sum + hit.lines.length, 0);
  return lines > 0
    ? `${count(lines, 'hit')} in ${count(look.hits.length, 'file')}`
    : count(look.hits.length, 'file');
}

const exitOf = (text: string) => /^(?:Error: )?Exit code (\d+)/i.exec(text)?.[0]?.toLowerCase() ?? 'failed';
const count = (number: number, word: string) =>
  `${number.toLocaleString()} ${word}${number === 1 ? '' : 's'}`;

interface BodyProps {
  item: ToolItem;
  look: Look;
  /** Stands between what it was given and what it answered. */
  permission: ReactNode;
  /** It stands in a form that asks it. */
  isAsked: boolean;
  /** What was answered, by question. */
  answers: Readonly<Record<string, string>> | null;
}

function Body({ item, look, permission, isAsked, answers }: BodyProps) {
  const { result } = item;
  const output = result && (
    <div className="border-line border-t first:border-t-0">
      <Terminal text={result.text} failed={result.isError} />
    </div>
  );
  const failure = result?.isError ? output : null;
  switch (look.type) {
    case 'diff':
      return (
        <>
          <DiffView lines={look.lines} language={languageOf(look.path)} />
          {permission}
          {failure}
        </>
      );
    case 'file':
      return (
        <>
          {failure ?? <FileText path={look.path} lines={look.lines} />}
          {permission}
        </>
      );
    case 'command':
      return (
        <>
          <ScrollPre className="mono max-h-64 overflow-auto whitespace-pre-wrap bg-sunken px-3 py-2 [overflow-wrap:anywhere]">
            <span aria-hidden="true" className="select-none text-accent">
              ${' '}
            </span>
            <Code text={look.command} language="bash" />
          </ScrollPre>
          {permission}
          {output}
        </>
      );
    case 'search':
      return (
        <>
          {failure ?? (look.hits ? <Hits hits={look.hits} pattern={look.pattern} /> : <Input item={item} />)}
          {permission}
        </>
      );
    case 'todos':
      return (
        <>
          <Todos todos={look.todos} />
          {permission}
          {failure}
        </>
      );
    case 'plan':
      return (
        <>
          <div className="px-3 py-2">
            <Markdown text={look.plan} />
          </div>
          {permission}
          {failure}
        </>
      );
    case 'questions':
      return (
        <>
          {!isAsked && <Questions questions={look.questions} answers={answers} />}
          {permission}
          {output}
        </>
      );
    case 'other':
      return (
        <>
          <Input item={item} />
          {permission}
          {output}
        </>
      );
  }
}

function Input({ item }: { item: ToolItem }) {
  if (Object.keys(item.input).length === 0) return null;
  return (
    <ScrollPre className="mono max-h-80 overflow-auto whitespace-pre-wrap bg-sunken px-3 py-2 [overflow-wrap:anywhere]">
      <Code text={JSON.stringify(item.input, null, 2)} language="json" />
    </ScrollPre>
  );
}

function lookOf({ name, input, result }: ToolItem): Look {
  const path = textAt(input, 'file_path', 'notebook_path', 'path') ?? '';
  const lines = editLines(name, input, result?.hunks);
  if (lines) return { type: 'diff', lines, path };
  if (name === 'Bash' || name === 'PowerShell') {
    const command = textAt(input, 'command');
    if (command !== undefined) return { type: 'command', command };
  }
  if (name === 'Grep' || name === 'Glob') {
    const hits = result && !result.isError ? searchHits(result.text) : undefined;
    return { type: 'search', hits, pattern: name === 'Grep' ? textAt(input, 'pattern') : undefined };
  }
  const todos = todosOf(input);
  if (todos) return { type: 'todos', todos };
  const questions = questionsOf(name, input);
  if (questions) return { type: 'questions', questions };
  const plan = planOf(name, input);
  if (plan !== undefined) return { type: 'plan', plan };
  const file = name === 'Read' && result ? numberedLines(result.text) : undefined;
  return file ? { type: 'file', lines: file, path } : { type: 'other' };
}

const icons: Record<string, LucideIcon> = {
  Agent: Bot,
  AskUserQuestion: MessageCircleQuestionMark,
  Bash: TerminalIcon,
  Edit: FilePen,
  ExitPlanMode: ListTodo,
  Glob: Search,
  Grep: Search,
  MultiEdit: FilePen,
  NotebookEdit: FilePen,
  PowerShell: TerminalIcon,
  Read: FileIcon,
  Task: Bot,
  TodoWrite: ListTodo,
  WebFetch: Globe,
  WebSearch: Globe,
  Write: FilePen,
};

const iconOf = ({ name }: ToolItem): LucideIcon => icons[name] ?? Wrench;
