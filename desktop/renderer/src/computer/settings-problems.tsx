import { useAppState } from './app-context.js';

/** What the disk keeps from working now, and what was wrong in the settings file when the app started. */
export function SettingsProblems() {
  const { settingsProblems, troubles } = useAppState();
  return (
    <>
      <Problems title="The disk of this computer needs you" problems={troubles} />
      <Problems title="Some settings could not be read" problems={settingsProblems} />
    </>
  );
}

function Problems({ title, problems }: { title: string; problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <div role="status" className="rounded-md bg-warn-soft px-3 py-2 [overflow-wrap:anywhere]">
      <p className="font-medium text-warn">{title}</p>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}
