import { useMemo } from 'react';
import type { DiffLine } from '../conversation/edits.js';
import { ScrollBox } from '../ui/scroll-pre.js';
import { CodeLine } from './highlight/code-line.js';
import type { LineTokens } from './highlight/tokens.js';
import { useTokens } from './highlight/use-tokens.js';

const looks: Record<DiffLine['type'], { sign: string; className: string }> = {
  added: { sign: '+', className: 'bg-added' },
  removed: { sign: '−', className: 'bg-removed' },
  same: { sign: ' ', className: '' },
  gap: { sign: '⋯', className: 'text-soft' },
};

interface Props {
  lines: readonly DiffLine[];
  language: string | undefined;
}

/** A change of a file, line by line; the sign says in text what the colour says. */
export function DiffView({ lines, language }: Props) {
  const tokens = useSidesTokens(lines, language);
  const numbered = lines.some(({ line }) => line !== undefined);
  return (
    <ScrollBox className="mono max-h-[32rem] overflow-auto py-1">
      <div className="w-max min-w-full">
        {Array.from(lines.entries(), ([place, line]) => (
          <div key={place} className={`whitespace-pre pr-3 pl-2 ${looks[line.type].className}`}>
            {numbered && <span className="line-number">{line.line ?? ''}</span>}
            <span className="select-none pr-2 text-soft">{looks[line.type].sign}</span>
            <CodeLine text={line.text} tokens={tokens[place]} />
          </div>
        ))}
      </div>
    </ScrollBox>
  );
}

/** Both sides of a change are code of their own: each is coloured as a whole, and each line taken from its side. */
function useSidesTokens(
  lines: readonly DiffLine[],
  language: string | undefined,
): (LineTokens | undefined)[] {
  const [before, after] = useMemo(() => [sideOf(lines, 'removed'), sideOf(lines, 'added')] as const, [lines]);
  const old = useTokens(before, language);
  const now = useTokens(after, language);
  return useMemo(() => {
    let [atOld, atNow] = [0, 0];
    return lines.map(({ type }) => {
      const [ofOld, ofNow] = [old?.lines[atOld], now?.lines[atNow]];
      if (type !== 'added') atOld += 1;
      if (type !== 'removed') atNow += 1;
      return type === 'gap' ? undefined : type === 'removed' ? ofOld : ofNow;
    });
  }, [lines, old, now]);
}

const sideOf = (lines: readonly DiffLine[], side: 'added' | 'removed') =>
  lines
    .filter(({ type }) => type === side || type === 'same' || type === 'gap')
    .map(({ text }) => text)
    .join('\n');
