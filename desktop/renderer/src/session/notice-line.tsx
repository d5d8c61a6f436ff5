import {
  Gauge,
  Info,
  type LucideIcon,
  Plug,
  RefreshCw,
  ShieldAlert,
  SquareTerminal,
  Webhook,
} from 'lucide-react';
import type { Notice } from '../conversation/notices.js';
import { Seen } from '../ui/seen.js';

const icons: Record<Notice['about'], LucideIcon> = {
  limit: Gauge,
  hook: Webhook,
  task: SquareTerminal,
  server: Plug,
  retry: RefreshCw,
  denied: ShieldAlert,
  message: Info,
};

const tones: Record<Notice['tone'], string> = {
  info: 'text-soft',
  warn: 'rounded-md bg-warn-soft px-2.5 py-1 text-warn',
  bad: 'rounded-md bg-bad-soft px-2.5 py-1 text-bad',
};

interface Props {
  notice: Notice;
  text: string;
  /** How often it was said in a row. */
  times?: number | undefined;
}

/** A line that is nobody's words and that a person should see. */
export function NoticeLine({ notice, text, times = 1 }: Props) {
  const Icon = icons[notice.about];
  return (
    <p dir="auto" className={`flex items-start gap-2 ${tones[notice.tone]}`}>
      <Icon aria-hidden="true" size={14} className="mt-[3px] shrink-0" />
      <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Seen text={text} />
        {times > 1 && <span className="tabular-nums"> · {times} times</span>}
      </span>
    </p>
  );
}
