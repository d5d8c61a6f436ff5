import { Link, useLocation } from 'wouter';
import { useAppState } from './app-context.js';
import { PauseButton, RunnerMark } from './runner-line.js';

/** One line below every screen but this computer’s own, which says it too: how the runner is, and the way to pause it. */
export function StatusBar() {
  const { runner, settings } = useAppState();
  const [path] = useLocation();
  if (path === '/computer') return null;
  return (
    <section
      aria-label="Runner of this computer"
      className="flex min-h-9 shrink-0 items-center gap-3 border-line border-t bg-raised px-4 py-0.5 sm:px-6"
    >
      <Link href="/computer" className="flex min-w-0 items-center gap-2 hover:underline">
        <RunnerMark />
        <span className="hidden truncate text-soft sm:inline">{runner.reason ?? settings.name}</span>
      </Link>
      <span className="ml-auto">
        <PauseButton />
      </span>
    </section>
  );
}
