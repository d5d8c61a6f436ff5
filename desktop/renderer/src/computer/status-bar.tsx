import { Link, useLocation } from 'wouter';
import { useAppState } from './app-context.js';
import { PauseButton, RunnerMark, useRunnerReason } from './runner-line.js';

/** One line below every screen but this computer’s own, which says it too: how the runner is, and the way to pause it. */
export function StatusBar() {
  const { settings, troubles } = useAppState();
  const reason = useRunnerReason();
  const [path] = useLocation();
  if (path === '/computer') return null;
  return (
    <section
      aria-label="Runner of this computer"
      className="flex min-h-9 shrink-0 items-center gap-3 border-line border-t bg-raised px-4 py-0.5 sm:px-6"
    >
      <Link href="/computer" className="shrink-0 font-medium hover:underline">
        This computer
      </Link>
      <RunnerMark />
      <span className="hidden min-w-0 truncate text-soft sm:inline">
        {troubles[0] ?? reason ?? settings.name}
      </span>
      <span className="ml-auto">
        <PauseButton />
      </span>
    </section>
  );
}
