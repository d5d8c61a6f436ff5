import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** The directories sessions may work in, chosen with the system's own dialog. */
export function FoldersSetting() {
  const client = useAppClient();
  const { directories } = useAppState().settings;
  const add = useMutation({
    mutationFn: async () => {
      const folder = await client.ask('pickFolder', undefined);
      if (folder !== null) await client.ask('saveSettings', { directories: [...directories, folder] });
    },
  });
  const remove = useMutation({
    mutationFn: (folder: string) =>
      client.ask('saveSettings', { directories: directories.filter((each) => each !== folder) }),
  });
  return (
    <div className="flex flex-col gap-2">
      {directories.length > 0 && (
        <ul aria-label="Folders" className="flex flex-col rounded-md border border-line">
          {directories.map((folder) => (
            <li
              key={folder}
              className="flex items-center gap-3 border-line border-b py-1 pr-1 pl-3 last:border-b-0"
            >
              <code className="min-w-0 flex-1 break-all font-mono text-[12.5px]">{folder}</code>
              <button
                type="button"
                className="button"
                aria-label={`Remove ${folder}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate(folder)}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className={`button self-start ${directories.length === 0 ? 'primary' : ''}`}
        disabled={add.isPending}
        onClick={() => add.mutate()}
      >
        Add a folder…
      </button>
      <p className="text-soft">
        Sessions may read and change what is in these folders, and nothing outside of them is offered to the
        server.
      </p>
      <ErrorNote error={add.error ?? remove.error} />
    </div>
  );
}
