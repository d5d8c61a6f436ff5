import { type Run, type Runner, type RunStatus, withHiddenSpelled } from '@agentfleet/contract';
import { ListFilter, X } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { Choice } from '../ui/choice.js';
import { shortDirectory } from '../ui/format.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { activeStatuses, type Grouping, isNarrowed, type SessionFilter } from './session-filter.js';
import { WhenFilter } from './when-filter.js';

const statuses: Record<string, string> = {
  '': 'All',
  [activeStatuses.join(',')]: 'Active',
  waiting: 'Waiting',
  SUCCEEDED: 'Done',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};

interface Props {
  filter: SessionFilter;
  /** What was typed, which the filter follows a moment later. */
  text: string;
  onText: (text: string) => void;
  onFilter: (change: Partial<SessionFilter>) => void;
  /** What the choices are made of. */
  runs: readonly Run[];
  runners: readonly Runner[];
  /** Beside them. */
  children?: ReactNode;
}

const groupings: readonly (readonly [Grouping, string])[] = [
  ['thread', 'Group by thread'],
  ['state', 'Group by state'],
];

/** What the list is narrowed by; all of it stands in the address. */
export function SessionFilters({ filter, text, onText, onFilter, runs, runners, children }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [more, setMore] = useState(false);
  useShortcuts({ '/': { does: 'Search', act: () => field.current?.focus() } }, 'Sessions');
  const chosen = filter.waiting ? 'waiting' : filter.status.join(',');
  const options = Object.hasOwn(statuses, chosen) ? statuses : { ...statuses, [chosen]: 'Other' };
  const folders = useEverSeen([
    ...runners.flatMap((runner) => runner.directories),
    ...runs.map((run) => run.cwd),
    filter.cwd,
  ]);
  const labels = useEverSeen([...runs.flatMap((run) => run.labels), filter.label]);
  return (
    <search className="flex flex-col gap-2.5">
      <div className="flex flex-wrap gap-2">
        <span className="relative min-w-52 flex-1">
          <input
            ref={field}
            type="search"
            className="field pr-9"
            placeholder="Search prompts and results"
            aria-label="Search prompts and results"
            maxLength={200}
            value={text}
            onChange={(event) => onText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              // Back to the keys of the list, with what was found: some browsers would empty the field.
              event.preventDefault();
              event.currentTarget.blur();
            }}
          />
          {text === '' && (
            <kbd className="pointer-events-none absolute top-1/2 right-2.5 hidden -translate-y-1/2 sm:inline">
              /
            </kbd>
          )}
        </span>
        <button
          type="button"
          className="button icon sm:!hidden"
          aria-label="More filters"
          aria-expanded={more}
          onClick={() => setMore(!more)}
        >
          <ListFilter aria-hidden="true" size={17} />
        </button>
        <Choice
          name="Status"
          options={options}
          value={chosen}
          onChange={(value) => onFilter(narrowed(value))}
        />
      </div>
      <div className={`${more ? 'flex' : 'hidden'} flex-wrap items-center gap-2 sm:flex`}>
        <Pick
          name="Runner"
          any="Any runner"
          value={filter.runnerId}
          options={runners.map(({ id, name }) => [id, name])}
          onPick={(runnerId) => onFilter({ runnerId })}
        />
        <Pick
          name="Folder"
          any="Any folder"
          value={filter.cwd}
          options={folders.map((folder) => [folder, shortDirectory(folder)])}
          onPick={(cwd) => onFilter({ cwd })}
        />
        {(labels.length > 0 || filter.label) && (
          <Pick
            name="Label"
            any="Any label"
            value={filter.label}
            options={labels.map((label) => [label, label])}
            onPick={(label) => onFilter({ label })}
          />
        )}
        <WhenFilter when={filter.when} onWhen={(when) => onFilter({ when })} />
        {isNarrowed(filter) && (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              onText('');
              onFilter({ status: [], waiting: false, runnerId: '', cwd: '', label: '', q: '', when: '' });
            }}
          >
            <X aria-hidden="true" size={15} />
            Clear
          </button>
        )}
        <span className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-2">
          {groupings.map(([group, word]) => (
            <label key={group} className="flex min-h-[34px] cursor-pointer items-center gap-2">
              <input
                type="checkbox"
                checked={filter.group === group}
                onChange={(event) => onFilter({ group: event.target.checked ? group : '' })}
              />
              {word}
            </label>
          ))}
          {children}
        </span>
      </div>
    </search>
  );
}

/** What a choice of status means; the waiting ones are those that run and need a person. */
function narrowed(choice: string): Partial<SessionFilter> {
  if (choice === 'waiting') return { status: [], waiting: true };
  return { status: choice === '' ? [] : (choice.split(',') as RunStatus[]), waiting: false };
}

interface PickProps {
  name: string;
  any: string;
  value: string;
  /** Value and word. */
  options: readonly (readonly [string, string])[];
  onPick: (value: string) => void;
}

function Pick({ name, any, value, options, onPick }: PickProps) {
  const known = value === '' || options.some(([option]) => option === value);
  return (
    <select
      className={`field !w-auto grow basis-[40%] sm:max-w-56 sm:grow-0 sm:basis-auto ${value ? '!border-accent text-accent' : ''}`}
      aria-label={name}
      value={value}
      onChange={(event) => onPick(event.target.value)}
    >
      <option value="">{any}</option>
      {(known ? options : [...options, [value, value] as const]).map(([option, word]) => (
        <option key={option} value={option}>
          {withHiddenSpelled(word)}
        </option>
      ))}
    </select>
  );
}

/** The values in order, with those of before: a filter must not take away what else there is to choose. */
function useEverSeen(values: readonly string[]): string[] {
  const seen = useRef(new Set<string>());
  for (const value of values) if (value !== '') seen.current.add(value);
  return [...seen.current].sort((one, other) => one.localeCompare(other));
}
