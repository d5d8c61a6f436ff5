import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient } from './app-context.js';
import { useDraft } from './draft-context.js';

/** The directories sessions may work in, chosen with the system's own dialog. */
export function FoldersSetting() {
  const client = useAppClient();
  const { fields, choose, atOnce, error, isPending } = useDraft();
  const { directories } = fields;
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
              <code className="min-w-0 flex-1 break-all font-mono text-[12.5px]">{folder}</code>
              <button
                type="button"
                className="button"
                aria-label={`Remove ${folder}`}
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
        className={`button self-start ${directories.length === 0 ? 'primary' : ''}`}
        disabled={add.isPending || isPending}
        onClick={() => add.mutate()}
      >
        Add a folder…
      </button>
      <p className="text-soft">
        Sessions may read and change what is in these folders, and nothing outside of them is offered to the
        server.
      </p>
      <ErrorNote error={add.error ?? (atOnce ? error : null)} />
    </div>
  );
}
