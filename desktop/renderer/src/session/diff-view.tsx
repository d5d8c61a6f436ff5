import type { DiffLine } from '../conversation/edits.js';
import { ScrollBox } from '../ui/scroll-pre.js';

const looks: Record<DiffLine['type'], { sign: string; className: string }> = {
  added: { sign: '+', className: 'bg-added' },
  removed: { sign: '−', className: 'bg-removed' },
  same: { sign: ' ', className: '' },
  gap: { sign: '⋯', className: 'text-soft' },
};

/** A change of a file, line by line; the sign says in text what the colour says. */
export function DiffView({ lines }: { lines: readonly DiffLine[] }) {
  return (
    <ScrollBox className="max-h-[32rem] overflow-auto py-1 font-mono text-[12.5px] leading-[1.55]">
      <div className="w-max min-w-full">
        {Array.from(lines.entries(), ([place, line]) => (
          <div key={place} className={`whitespace-pre px-3 ${looks[line.type].className}`}>
            <span className="select-none pr-2 text-soft">{looks[line.type].sign}</span>
            {line.text}
          </div>
        ))}
      </div>
    </ScrollBox>
  );
}
