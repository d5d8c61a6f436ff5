import { useAppState } from './app-context.js';

/** What was wrong in the settings file when the app started, and what became of it. */
export function SettingsProblems() {
  const { settingsProblems } = useAppState();
  if (settingsProblems.length === 0) return null;
  return (
    <div role="status" className="rounded-md bg-warn-soft px-3 py-2">
      <p className="font-medium text-warn">Some settings could not be read</p>
      <ul>
        {settingsProblems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}
