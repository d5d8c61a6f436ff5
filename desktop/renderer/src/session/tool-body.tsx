import type { ReactNode } from 'react';
import { partBriefOf } from '../conversation/brief.js';
import type { ToolItem } from '../conversation/items.js';
import { languageOf } from '../conversation/language.js';
import type { Look } from '../conversation/tool-look.js';
import { NotAsked } from '../ui/asked-sight.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { DiffView } from './diff-view.js';
import { Code } from './highlight/code.js';
import { Markdown } from './markdown.js';
import { BriefView, Prose } from './tools/brief-view.js';
import { FileText } from './tools/file-text.js';
import { Hits } from './tools/hits.js';
import { Images } from './tools/images.js';
import { Questions } from './tools/questions.js';
import { Tasks } from './tools/tasks.js';
import { Terminal } from './tools/terminal.js';

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

/** What is in an opened card: what the tool was given, who allowed it, and what it answered. */
export function ToolBody({ item, look, permission, isAsked, answers }: BodyProps) {
  const { result } = item;
  const images = result && result.images.length > 0 && <Images images={result.images} of={subjectOf(item)} />;
  const isProse = look.type === 'brief' && look.brief.isProse && result?.isError === false;
  const isSilent = result?.text.trim() === '' && images;
  const output = result && (
    <NotAsked>
      {!isSilent && (
        <div className={`border-line border-t first:border-t-0 ${isProse ? 'px-3 py-2' : ''}`}>
          {isProse ? <Prose text={result.text} /> : <Terminal text={result.text} failed={result.isError} />}
        </div>
      )}
      {images}
    </NotAsked>
  );
  const failure = result?.isError ? output : null;
  switch (look.type) {
    case 'diff':
      return (
        <>
          <DiffView lines={look.lines} language={languageOf(look.path)} />
          <BriefView brief={partBriefOf(item.name, item.input, drawnInDiff)} />
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
          <BriefView brief={partBriefOf(item.name, item.input, drawnOfCommand)} />
          {permission}
          {output}
        </>
      );
    case 'search':
      return (
        <>
          {failure ??
            (look.hits ? <Hits hits={look.hits} pattern={look.pattern} /> : <BriefView brief={look.brief} />)}
          {permission}
        </>
      );
    case 'tasks':
      return (
        <>
          <Tasks tasks={look.tasks} />
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
    case 'brief':
      return (
        <>
          <BriefView brief={look.brief} />
          {permission}
          {output}
        </>
      );
  }
}

/** Fields that are drawn already; of an edit's list the pairs are, too. A description is Claude's own words: they head the card. */
const drawnInDiff = [
  ...['file_path', 'notebook_path', 'content', 'old_string', 'new_string', 'new_source', 'edits'],
];
const drawnOfCommand = ['command', 'description'];

/** What the pictures of a result are of: the file that was read, else the call. */
const subjectOf = ({ name, title }: ToolItem) =>
  title.startsWith(`${name} `) ? title.slice(name.length + 1) : title;
