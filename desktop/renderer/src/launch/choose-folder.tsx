import { useMutation } from '@tanstack/react-query';
import { FolderOpen } from 'lucide-react';
import type { ThisComputer } from '../base/app-extras.js';
import { ErrorNote } from '../ui/notes.js';
import { allowsFolder } from './outlook.js';

interface Props {
  computer: ThisComputer;
  /** As it stands in the form. */
  folder: string;
  /** The session is then meant for this computer. */
  onChoose: (folder: string) => void;
}

/** Chooses a folder of this computer with the system's own dialog, and offers to allow it where sessions may not work there yet. */
export function ChooseFolder({ computer, folder, onChoose }: Props) {
  const choose = useMutation({
    mutationFn: async () => {
      const chosen = await computer.pickFolder();
      if (chosen !== null) onChoose(chosen);
      return chosen;
    },
  });
  const allow = useMutation({ mutationFn: () => computer.allowFolder(folder) });
  const isAsking = choose.data === folder && !allowsFolder(computer, folder);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <button type="button" className="button" disabled={choose.isPending} onClick={() => choose.mutate()}>
        <FolderOpen aria-hidden="true" size={15} />
        Choose…
      </button>
      {isAsking && (
        <>
          <span className="text-warn">Sessions may not work there yet.</span>
          <button type="button" className="button" disabled={allow.isPending} onClick={() => allow.mutate()}>
            Allow it on this computer
          </button>
        </>
      )}
      <ErrorNote error={choose.error ?? allow.error} />
    </div>
  );
}
