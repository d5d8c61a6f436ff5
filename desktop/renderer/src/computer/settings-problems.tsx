import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { useStepButton } from './step-button.js';

/** What the disk keeps from working now, and what was wrong in the settings file when the app started. */
export function SettingsProblems() {
  const { settingsProblems, settingsUnreadable, troubles } = useAppState();
  return (
    <>
      <Problems title="The disk of this computer needs you" problems={troubles}>
        {settingsUnreadable && <WaysOut />}
      </Problems>
      <Problems title="About the settings file" problems={settingsProblems} />
    </>
  );
}

/** Of a settings file that cannot be read: nothing is written in its place unasked. */
function WaysOut() {
  const client = useAppClient();
  const primary = useStepButton('read-settings');
  const mend = useMutation({
    mutationFn: (how: 'readSettings' | 'setSettingsAside') => client.ask(how, undefined),
  });
  return (
    <>
      <div className="mt-2 flex flex-wrap gap-2">
        <button
          type="button"
          className={primary}
          disabled={mend.isPending}
          onClick={() => mend.mutate('readSettings')}
        >
          Read it again
        </button>
        <button
          type="button"
          className="button"
          disabled={mend.isPending}
          onClick={() => mend.mutate('setSettingsAside')}
        >
          Set it aside…
        </button>
      </div>
      <ErrorNote error={mend.error} />
    </>
  );
}

interface ProblemsProps {
  title: string;
  problems: readonly string[];
  children?: ReactNode;
}

function Problems({ title, problems, children }: ProblemsProps) {
  if (problems.length === 0) return null;
  return (
    <div role="status" className="rounded-md bg-warn-soft px-3 py-2 [overflow-wrap:anywhere]">
      <p className="font-medium text-warn">{title}</p>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      {children}
    </div>
  );
}
