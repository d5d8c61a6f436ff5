import { useEffect, useState } from 'react';
import { daysOf } from './session-filter.js';

const words: Record<string, string> = {
  '': 'Any time',
  today: 'Today',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  days: 'Between…',
};

interface Props {
  /** What happened then. */
  name?: string;
  when: string;
  onWhen: (when: string) => void;
}

/** When sessions were launched, or something else was: a few usual spans, or from one day to another. */
export function WhenFilter({ name = 'Launched', when, onWhen }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  // Whoever clears the filter is not asked for days any more.
  useEffect(() => {
    if (when !== '') return () => setIsOpen(false);
    return undefined;
  }, [when]);
  const days = daysOf(when) ?? (isOpen ? { from: '', to: '' } : undefined);
  const change = (from: string, to: string) => onWhen(from || to ? `${from}..${to}` : '');
  return (
    <span className="flex grow basis-[40%] flex-wrap items-center gap-2 sm:grow-0 sm:basis-auto">
      <select
        className={`field !w-auto grow sm:max-w-56 sm:grow-0 ${when ? '!border-accent text-accent' : ''}`}
        aria-label={name}
        value={days ? 'days' : when}
        onChange={({ target }) => {
          setIsOpen(target.value === 'days');
          onWhen(target.value === 'days' ? '' : target.value);
        }}
      >
        {Object.entries(words).map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
      {days && (
        <>
          <input
            type="date"
            className="field !w-auto"
            aria-label="From"
            max={days.to || undefined}
            value={days.from}
            onChange={({ target }) => change(target.value, days.to)}
          />
          <span className="text-soft">to</span>
          <input
            type="date"
            className="field !w-auto"
            aria-label="To"
            min={days.from || undefined}
            value={days.to}
            onChange={({ target }) => change(days.from, target.value)}
          />
        </>
      )}
    </span>
  );
}
