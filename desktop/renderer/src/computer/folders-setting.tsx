import { withHiddenSpelled } from '@agentfleet/contract';
import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { useDraft } from './draft-context.js';
import { useStepButton } from './step-button.js';

/** The directories sessions may work in, chosen with the system's own dialog. */
export function FoldersSetting() {
  const client = useAppClient();
  const { fields, choose, atOnce, error, isPending } = useDraft();
  const { directories } = fields;
  const addClass = useStepButton('add-folder');
  const add = useMutation({
    mutationFn: async () => {
      const folder = await client.ask('pickFolder', undefined);
      if (folder !== null) choose({ directories: [...new Set([...directories, folder])] });
    },
  });
  const remove = (folder: string) => choose({ directories: directories.filter((each) => each !== folder) });
  return (
    <div className="flex flex-col gap-2">
      {directories.length > 0 && (
        <ul aria-label="Folders" className="flex flex-col rounded-md border border-line">
          {directories.map((folder) => (
            <li
              key={folder}
              className="flex items-center gap-3 border-line border-b py-1 pr-1 pl-3 last:border-b-0"
            >
              <div className="min-w-0 flex-1">
                <code className="break-all font-mono text-[12.5px]">{folder}</code>
                <FolderWords folder={folder} />
              </div>
              <button
                type="button"
                className="button"
                aria-label={withHiddenSpelled(`Remove ${folder}`)}
                disabled={isPending}
                onClick={() => remove(folder)}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className={`${addClass} self-start`}
        disabled={add.isPending || isPending}
        onClick={() => add.mutate()}
      >
        Add a folder…
      </button>
      <HowManyOpen />
      <p className="text-soft">
        Claude Code is started in these folders and nowhere else. What it does there is up to its permission
        mode: a command it runs can reach whatever you can, also outside of them.
      </p>
      <ErrorNote error={add.error ?? (atOnce ? error : null)} />
    </div>
  );
}

/** What is wrong with a folder, and what it gives away; nothing where it is as one thinks. */
function FolderWords({ folder }: { folder: string }) {
  const state = useAppState().folders.find(({ path }) => path === folder);
  return (
    <>
      {state?.problem && (
        <p className="text-bad [overflow-wrap:anywhere]">
          <span aria-hidden="true">✕ </span>
          {state.problem}
        </p>
      )}
      {state?.breadth && (
        <p className="text-warn">
          <span aria-hidden="true">! </span>
          {state.breadth}
        </p>
      )}
    </>
  );
}

/** Said where it is not all of them. */
function HowManyOpen() {
  const { folders } = useAppState();
  const open = folders.filter(({ isOpen }) => isOpen).length;
  if (open === folders.length) return null;
  return (
    <p role="status" className="font-medium text-warn">
      {open} of {folders.length} folders {open === 1 ? 'is' : 'are'} open.
    </p>
  );
}
