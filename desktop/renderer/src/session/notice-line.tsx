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
  info: 'ps-6 text-soft',
  warn: 'rounded-md bg-warn-soft py-1 ps-8 pe-2.5 text-warn',
  bad: 'rounded-md bg-bad-soft py-1 ps-8 pe-2.5 text-bad',
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
    <p dir="auto" className={`relative ${tones[notice.tone]}`}>
      <Icon
        aria-hidden="true"
        size={14}
        className={`absolute ${notice.tone === 'info' ? 'start-0 top-[3px]' : 'start-2.5 top-[7px]'}`}
      />
      <span className="whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Seen text={text} />
        {times > 1 && <span className="tabular-nums"> · {times} times</span>}
      </span>
    </p>
  );
}
