import { type Runner, withHiddenSpelled } from '@agentfleet/contract';
import { FolderTree } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { FolderBrowser } from './folder-browser.js';
import { allowsFolder } from './outlook.js';

interface Props {
  /** Those that the session may go to. */
  runners: readonly Runner[];
  /** As it stands in the form. */
  folder: string;
  onFolder: (folder: string) => void;
}

/** Opens the folders that are really there on a runner, below the field. Nothing where no runner could say. */
export function BrowseFolders({ runners, folder, onFolder }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState('');
  const button = useRef<HTMLButtonElement>(null);
  const panel = useId();
  const online = runners.filter((runner) => runner.online);
  const runner =
    online.find(({ id }) => id === chosen) ??
    online.find((each) => allowsFolder(each, folder.trim())) ??
    online[0];
  if (!runner) return null;
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? panel : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <FolderTree aria-hidden="true" size={15} />
        Browse folders
      </button>
      {isOpen && (
        <section
          id={panel}
          aria-label={withHiddenSpelled(`Folders on ${runner.name}`)}
          className="flex w-full min-w-0 flex-col gap-2 rounded-md border border-line bg-raised p-2"
        >
          {online.length > 1 && (
            <label className="flex min-w-0 items-center gap-2 px-1">
              <span className="shrink-0 text-soft">On</span>
              <select
                className="field min-w-0"
                value={runner.id}
                onChange={({ target }) => setChosen(target.value)}
              >
                {online.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {withHiddenSpelled(name)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <FolderBrowser
            key={runner.id}
            runner={runner}
            folder={folder.trim()}
            onFolder={onFolder}
            onClose={close}
          />
        </section>
      )}
    </>
  );
}
