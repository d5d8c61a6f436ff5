import type { Approval } from '@agentfleet/contract';
import { ArrowUp } from 'lucide-react';
import { Seen } from '../ui/seen.js';
import { askedWords } from './words.js';

interface Props {
  waiting: readonly Approval[];
  inSight: ReadonlySet<string>;
  onShow: () => void;
}

/** Stands above the composer while a tool that waits is out of sight, and leads to it. */
export function WaitingBar({ waiting, inSight, onShow }: Props) {
  const hidden = waiting.filter(({ id }) => !inSight.has(id));
  const [first] = hidden;
  if (!first) return null;
  return (
    <div className="shrink-0 border-line border-t bg-warn-soft px-4 py-1.5 sm:px-6">
      <div className="column flex w-full items-center gap-3">
        <p className="flex min-w-0 flex-1 items-baseline gap-2">
          <span className="whitespace-nowrap font-medium text-warn">
            <span aria-hidden="true" className="font-mono">
              ◆
            </span>{' '}
            {waitingWords(hidden.length)}
          </span>
          <span className="mono min-w-0 truncate max-sm:hidden">
            <Seen text={askedWords(first)} />
          </span>
        </p>
        <button type="button" className="button" onClick={onShow}>
          <ArrowUp aria-hidden="true" size={15} />
          Show it <kbd className="max-sm:hidden">w</kbd>
        </button>
      </div>
    </div>
  );
}

/** `1 tool waits for you` */
function waitingWords(count: number): string {
  return count === 1 ? '1 tool waits for you' : `${count} tools wait for you`;
}
