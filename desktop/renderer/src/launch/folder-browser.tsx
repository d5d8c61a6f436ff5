import type { Folder, Runner } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { CornerLeftUp, FolderGit2, Folder as FolderIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import { ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';
import { allowsFolder } from './outlook.js';

interface Props {
  runner: Runner;
  /** Where it begins. */
  folder: string;
  onFolder: (folder: string) => void;
  onClose: () => void;
}

/** How long what a runner said of its disk is taken for so, ms. */
const freshMs = 5_000;

/**
 * The folders in one folder of a runner, as it finds them just now. To walk into one is to choose it: the field has where one
 * is. By keyboard: up and down, right or Enter into it, left out of it, Escape back to the button; letters narrow the list.
 */
export function FolderBrowser({ runner, folder, onFolder, onClose }: Props) {
  const transport = useTransport();
  const [path, setPath] = useState(() => startOf(runner, folder));
  const [hidden, setHidden] = useState(false);
  const [words, setWords] = useState('');
  const list = useRef<HTMLUListElement>(null);
  /** Whether the keyboard is to be in the list once it is there. */
  const goesOn = useRef(false);
  const found = useQuery({
    queryKey: ['folders', runner.id, path, hidden],
    queryFn: () => transport.listFolders(runner.id, path, hidden),
    staleTime: freshMs,
    // While one folder is asked for, the one before stands there.
    placeholderData: (before) => before,
  });
  const { data, error, isPlaceholderData } = found;
  const above = data && data.path !== null ? data.parent : undefined;
  const upName =
    above != null ? 'Up' : data?.path != null && runner.directories.length > 1 ? 'Allowed folders' : '';
  const wanted = words.trim().toLowerCase();
  const shown = data?.data.filter(({ name }) => name.toLowerCase().includes(wanted)) ?? [];

  const walk = (to: string | null) => {
    goesOn.current = true;
    setWords('');
    setPath(to);
    if (to !== null) onFolder(to);
  };
  const up = () => upName !== '' && walk(above ?? null);
  useEffect(() => {
    if (!goesOn.current || !data || isPlaceholderData) return;
    goesOn.current = false;
    list.current?.querySelector('button')?.focus();
  }, [data, isPlaceholderData]);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = rows.indexOf(event.target as HTMLButtonElement);
    const isInList = at !== -1;
    const steps: Partial<Record<string, () => void>> = {
      Escape: onClose,
      ArrowDown: () => rows[at + 1]?.focus(),
      ...(isInList && {
        ArrowUp: () => rows[at - 1]?.focus(),
        Home: () => rows[0]?.focus(),
        End: () => rows.at(-1)?.focus(),
        ArrowRight: () => rows[at]?.click(),
        ArrowLeft: up,
      }),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };

  return (
    <fieldset className="flex min-w-0 flex-col gap-2" onKeyDown={onKeyDown}>
      <p className="px-1 font-mono text-[12.5px] text-soft [overflow-wrap:anywhere]" aria-live="polite">
        {path === null ? 'Allowed folders' : <Seen text={path} />}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-1">
        <input
          type="search"
          className="field min-w-32 flex-1"
          aria-label="Narrow the folders"
          placeholder="Narrow"
          value={words}
          onChange={({ target }) => setWords(target.value)}
          onKeyDown={(event) => event.key === 'Enter' && !isLaunch(event) && event.preventDefault()}
        />
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={hidden} onChange={({ target }) => setHidden(target.checked)} />
          Hidden ones
        </label>
      </div>
      {error ? (
        <Refused
          error={error}
          retry={() => found.refetch()}
          toStart={path === null ? undefined : () => walk(null)}
        />
      ) : (
        <ul
          ref={list}
          aria-label="Folders"
          aria-busy={found.isFetching}
          className="max-h-72 min-h-10 overflow-y-auto"
        >
          {upName !== '' && (
            <li>
              <Row icon={CornerLeftUp} first onClick={up}>
                {upName}
              </Row>
            </li>
          )}
          {shown.map((each, index) => (
            <li key={each.path}>
              <Row
                icon={each.isRepository ? FolderGit2 : FolderIcon}
                first={index === 0 && upName === ''}
                onClick={() => walk(each.path)}
              >
                <span className="min-w-0 font-mono text-[12.5px] [overflow-wrap:anywhere]">
                  <Seen text={each.name} />
                </span>
                {each.isRepository && (
                  <span className="ml-auto shrink-0 text-[12.5px] text-soft">repository</span>
                )}
              </Row>
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="px-1 text-soft">
        {!error && wordsOf(data?.data, shown.length, data?.truncated ?? false, found.isPending)}
      </p>
    </fieldset>
  );
}

const isLaunch = ({ ctrlKey, metaKey }: KeyboardEvent) => ctrlKey || metaKey;

/** The folder of the form where the runner allows it; else its only one, or all that it allows. */
function startOf(runner: Runner, folder: string): string | null {
  if (folder !== '' && allowsFolder(runner, folder)) return folder;
  return runner.directories.length === 1 ? (runner.directories[0] ?? null) : null;
}

function wordsOf(
  all: readonly Folder[] | undefined,
  shown: number,
  isCut: boolean,
  isPending: boolean,
): string {
  if (isPending || !all) return 'Asking the runner…';
  if (all.length === 0) return 'No folders in here.';
  if (shown === 0) return 'No folder has that in its name.';
  return isCut ? `The first ${all.length} are shown: type the rest into the field above.` : '';
}

interface RowProps {
  /** The one of the list that Tab comes to. */
  first: boolean;
  icon: typeof FolderIcon;
  onClick: () => void;
  children: ReactNode;
}

function Row({ icon: Icon, first, onClick, children }: RowProps) {
  return (
    <button
      type="button"
      tabIndex={first ? 0 : -1}
      className="menu-item w-full min-w-0 rounded-sm text-left hover:bg-sunken"
      onClick={onClick}
    >
      <Icon aria-hidden="true" size={15} className="shrink-0 text-soft" />
      {children}
    </button>
  );
}

interface RefusedProps {
  error: unknown;
  retry: () => void;
  toStart: (() => void) | undefined;
}

/** Why nothing is listed. The field takes every folder all the same. */
function Refused({ error, retry, toStart }: RefusedProps) {
  return (
    <>
      <ErrorNote error={error} retry={retry} />
      <p className="px-1 text-soft">The field above takes any folder all the same.</p>
      {toStart && (
        <button type="button" className="button self-start" onClick={toStart}>
          To the allowed folders
        </button>
      )}
    </>
  );
}
