import { withHiddenSpelled } from '@agentfleet/contract';
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Diamond, MessageSquare, Search, Server } from 'lucide-react';
import { type RefObject, useLayoutEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { askToShow } from '../approvals/ask-to-show.js';
import { useWaiting } from '../approvals/use-waiting.js';
import { askedWords } from '../approvals/words.js';
import type { Command } from '../base/command.js';
import { useTransport } from '../base/transport-context.js';
import { useRunners } from '../runners/use-runners.js';
import { promptOf } from '../sessions/prompt-of.js';
import { firstLine, shortDirectory } from '../ui/format.js';
import { statusWord } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import { useDebounced } from '../ui/use-debounced.js';
import { useCommands } from './commands.js';
import { matches } from './match.js';

interface Group {
  name: string;
  items: Command[];
}

interface Props {
  /** What was typed before it was there. */
  typed: RefObject<string>;
  onSignOut: (() => void) | undefined;
  onHelp: () => void;
  onClose: () => void;
}

/** Everything by its name: actions, screens, sessions by their text, runners. */
export default function CommandPalette({ typed, onClose, ...options }: Props) {
  const [text, setText] = useState('');
  // Read when it stands there and not when it is first drawn: its code once there, drawing it takes a while, and keys
  // go on arriving.
  useLayoutEffect(() => setText(typed.current), [typed]);
  const groups = useGroups(text.trim(), options);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette sm:w-xl" aria-label="Search and commands">
          <Autocomplete.Root
            inline
            open
            mode="none"
            items={groups}
            value={text}
            onValueChange={(value, { reason }) => reason !== 'item-press' && setText(value)}
            itemToStringValue={(command: Command) => command.name}
            autoHighlight="always"
            keepHighlight
          >
            <div className="flex shrink-0 items-center gap-3 border-line border-b px-4">
              <Search aria-hidden="true" size={17} className="shrink-0 text-soft" />
              <Autocomplete.Input
                className="min-w-0 flex-1 py-3.5 outline-none"
                aria-label="Search sessions, screens and commands"
                placeholder="Search sessions, screens and commands"
                autoFocus
              />
              <Dialog.Close className="button quiet !min-h-7 !px-1.5" aria-label="Esc, close">
                <kbd>Esc</kbd>
              </Dialog.Close>
            </div>
            <Autocomplete.Empty className="px-4 py-8 text-center text-soft empty:hidden">
              Nothing is called that, and no session has it in its prompt or result.
            </Autocomplete.Empty>
            <Autocomplete.List className="min-h-0 overflow-y-auto py-1.5 empty:hidden">
              {(group: Group) => (
                <Autocomplete.Group key={group.name} items={group.items} className="pb-1">
                  <Autocomplete.GroupLabel className="px-4 pt-2 pb-1 text-[12px] text-soft">
                    {group.name}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(command: Command) => (
                      <Autocomplete.Item
                        key={command.id}
                        value={command}
                        className="menu-item !px-4"
                        onClick={() => {
                          onClose();
                          command.run();
                        }}
                      >
                        <command.icon aria-hidden="true" size={16} className="shrink-0 text-soft" />
                        <span className="truncate">
                          <Seen text={command.name} />
                        </span>
                        {command.hint && (
                          <span className="ml-auto shrink-0 text-[12.5px] text-soft">
                            <Seen text={command.hint} />
                          </span>
                        )}
                        {command.keys && (
                          <span className="ml-auto flex gap-1">
                            {command.keys.split(' ').map((key) => (
                              <kbd key={key}>{key}</kbd>
                            ))}
                          </span>
                        )}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What fits the text, in the order it is offered; groups with nothing in them are left out. */
function useGroups(text: string, options: Omit<Props, 'typed' | 'onClose'>): Group[] {
  const transport = useTransport();
  const [, navigate] = useLocation();
  const { actions, screens } = useCommands(options);
  const runners = useRunners();
  const q = useDebounced(text, 150).slice(0, 200);
  const found = useQuery({
    queryKey: ['runs', 'palette', q],
    queryFn: () => transport.listRuns({ limit: 6, ...(q ? { q } : {}) }),
    placeholderData: keepPreviousData,
  });
  const fits = (command: Command) => matches(`${command.name} ${command.words ?? ''}`, text);
  const sessions = (found.data?.data ?? []).map((run) => ({
    id: run.id,
    name: withHiddenSpelled(firstLine(promptOf(run))),
    hint: `${statusWord(run)} · ${shortDirectory(run.cwd)}`,
    icon: MessageSquare,
    run: () => navigate(`/sessions/${run.id}`),
  }));
  const machines = (runners.data ?? []).map((runner) => ({
    id: runner.id,
    name: runner.name,
    words: `runner ${runner.hostname}`,
    hint: runner.state,
    icon: Server,
    run: () => navigate(`/runners/${runner.id}`),
  }));
  const { waiting } = useWaiting();
  const asked = waiting.map(({ id, runId, tool, message }) => ({
    id,
    name: withHiddenSpelled(askedWords({ tool, message })),
    words: 'waiting for you approval permission allow deny tool',
    icon: Diamond,
    run: () => {
      navigate(`/sessions/${runId}`);
      askToShow(runId);
    },
  }));
  const groups = [
    { name: 'Waiting for you', items: asked.filter(fits).slice(0, 6) },
    { name: 'Actions', items: actions.filter(fits) },
    { name: 'Go to', items: screens.filter(fits) },
    { name: text ? 'Sessions' : 'Recent sessions', items: sessions },
    { name: 'Runners', items: text ? machines.filter(fits).slice(0, 6) : [] },
  ];
  return groups.filter(({ items }) => items.length > 0);
}
