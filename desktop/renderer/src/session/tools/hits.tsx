import { Fragment, useContext } from 'react';
import type { Hit } from '../../conversation/tool-output.js';
import { ScrollBox } from '../../ui/scroll-pre.js';
import { Seen } from '../../ui/seen.js';
import { LookedForContext } from '../row-context.js';

/** Most files that are drawn. */
const mostFiles = 300;

/** What a search found, by file; the words it looked for are marked. */
export function Hits({ hits, pattern }: { hits: readonly Hit[]; pattern: string | undefined }) {
  const isLookedFor = useContext(LookedForContext) !== '';
  const most = isLookedFor ? hits.length : mostFiles;
  if (hits.length === 0) return <p className="px-3 py-2 text-soft">Nothing was found.</p>;
  return (
    <ScrollBox className="mono max-h-96 overflow-auto px-3 py-1.5">
      {hits.slice(0, most).map(({ file, lines }) => (
        <div key={file} className="w-max min-w-full whitespace-pre">
          <div className="text-accent">
            <Seen text={file} />
          </div>
          {Array.from(lines.entries(), ([place, { number, text }]) => (
            <div key={place}>
              <span className="line-number">{number}</span>
              <Marked text={text.slice(0, 500)} pattern={pattern} />
            </div>
          ))}
        </div>
      ))}
      {hits.length > most && <p className="text-soft">… in {hits.length - most} more files</p>}
    </ScrollBox>
  );
}

function Marked({ text, pattern }: { text: string; pattern: string | undefined }) {
  const parts = split(text, pattern);
  return Array.from(parts.entries(), ([place, part]) => (
    <Fragment key={place}>
      {place % 2 === 1 ? <mark className="bg-warn-soft text-ink">{part}</mark> : <Seen text={part} />}
    </Fragment>
  ));
}

/** Every second part is what was looked for, as far as the search's pattern is a plain text. */
function split(text: string, pattern: string | undefined): string[] {
  if (!pattern || /[.*+?^${}()|[\]\\]/.test(pattern)) return [text];
  return text.split(pattern).flatMap((part, index) => (index === 0 ? [part] : [pattern, part]));
}
