import type { Approval } from '@agentfleet/contract';
import { Seen } from '../ui/seen.js';
import { type Danger, dangerOf } from './danger.js';

const looks: Record<Danger['level'], { mark: string; className: string }> = {
  low: { mark: '○', className: 'bg-sunken text-soft' },
  some: { mark: '◐', className: 'bg-warn-soft text-warn' },
  high: { mark: '▲', className: 'bg-bad-soft font-medium text-bad' },
};

/** How dangerous it is by mark, words and colour, so that no one of them has to be seen. */
export function DangerMark({ approval, cwd }: { approval: Approval; cwd: string }) {
  const { level, words } = dangerOf(approval, cwd);
  const { mark, className } = looks[level];
  return (
    <span
      className={`inline-flex items-baseline gap-1.5 rounded-full px-2 text-[12.5px] leading-5 ${className}`}
      title="By the words of what is asked; it may do more"
    >
      <span aria-hidden="true" className="font-mono">
        {mark}
      </span>
      <span>
        {level === 'high' && <span className="sr-only">Dangerous: </span>}
        <Seen text={words} />
      </span>
    </span>
  );
}
