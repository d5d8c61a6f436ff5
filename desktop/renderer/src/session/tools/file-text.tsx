import { useContext, useMemo } from 'react';
import { languageOf } from '../../conversation/language.js';
import type { NumberedLine } from '../../conversation/tool-output.js';
import { ScrollBox } from '../../ui/scroll-pre.js';
import { CodeLine } from '../highlight/code-line.js';
import { useTokens } from '../highlight/use-tokens.js';
import { LookedForContext } from '../row-context.js';

/** Most lines that are drawn one by one. */
const mostLines = 2_000;

/** A part of a file with its line numbers. */
export function FileText({ path, lines }: { path: string; lines: readonly NumberedLine[] }) {
  const isLookedFor = useContext(LookedForContext) !== '';
  const shown = lines.length > mostLines && !isLookedFor ? lines.slice(0, mostLines) : lines;
  const text = useMemo(() => shown.map((line) => line.text).join('\n'), [shown]);
  const tokens = useTokens(text, languageOf(path));
  return (
    <ScrollBox className="mono max-h-96 overflow-auto py-1.5">
      <div className="w-max min-w-full">
        {shown.map((line, place) => (
          <div key={line.number} className="whitespace-pre pr-3 pl-2">
            <span className="line-number">{line.number}</span>
            <CodeLine text={line.text} tokens={tokens?.of === text ? tokens.lines[place] : undefined} />
          </div>
        ))}
        {shown.length < lines.length && (
          <p className="px-3 py-1 text-soft">… {(lines.length - shown.length).toLocaleString()} more lines</p>
        )}
      </div>
    </ScrollBox>
  );
}
