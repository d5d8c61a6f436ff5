import type { BrowserSession } from '@agentfleet/contract';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { LaunchPage } from '../launch/launch-page.js';
import { RunnersPage } from '../runners/runners-page.js';
import { SessionsPage } from '../sessions/sessions-page.js';
import { ApiKeysPage } from '../settings/api-keys-page.js';
import { Empty } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { Wordmark } from '../ui/wordmark.js';
import { useTransport } from './transport-context.js';

// Markdown and diffs come with the session view only, charts with usage.
const UsagePage = lazy(() => import('../usage/usage-page.js'));
const SessionPage = lazy(() => import('../session/session-page.js'));

/** What stands around every screen: navigation, who is signed in, whether the server is there. */
export function Shell({ session, onSignOut }: { session: BrowserSession; onSignOut: () => void }) {
  const [, navigate] = useLocation();
  useShortcuts({ n: () => navigate('/sessions/new') });
  return (
    <div className="flex h-full flex-col">
      <a href="#main" className="button sr-only focus:not-sr-only">
        Skip to content
      </a>
      <header className="flex shrink-0 items-center gap-x-5 border-line border-b px-4 sm:px-6">
        <Link href="/sessions" className="hidden sm:block" aria-label="AgentFleet, to the sessions">
          <Wordmark />
        </Link>
        <nav aria-label="Main" className="flex flex-1 gap-4">
          <NavLink href="/sessions">Sessions</NavLink>
          <NavLink href="/runners">Runners</NavLink>
          <NavLink href="/usage">Usage</NavLink>
          <NavLink href="/settings/api-keys">API keys</NavLink>
        </nav>
        <span className="hidden text-soft md:block">{session.org.name}</span>
        <button type="button" className="py-3 text-soft hover:text-ink" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <OfflineBanner />
      <main id="main" className="min-h-0 flex-1 overflow-y-auto" tabIndex={-1}>
        <Suspense fallback={<Skeleton lines={8} />}>
          <Switch>
            <Route path="/">
              <Redirect to="/sessions" replace />
            </Route>
            <Route path="/sessions" component={SessionsPage} />
            <Route path="/sessions/new" component={LaunchPage} />
            <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} runId={id} />}</Route>
            <Route path="/runners" component={RunnersPage} />
            <Route path="/usage" component={UsagePage} />
            <Route path="/settings/api-keys" component={ApiKeysPage} />
            <Route>
              <Empty title="There is nothing at this address">
                <Link href="/sessions" className="text-accent underline">
                  To the sessions
                </Link>
              </Empty>
            </Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}

function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const [path] = useLocation();
  const here = path.startsWith(href);
  const look = here ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink';
  return (
    <Link
      href={href}
      aria-current={here ? 'page' : undefined}
      className={`-mb-px whitespace-nowrap border-b-2 py-3 ${look}`}
    >
      {children}
    </Link>
  );
}

function OfflineBanner() {
  const transport = useTransport();
  const [reachable, setReachable] = useState(true);
  useEffect(() => transport.onReachable(setReachable), [transport]);
  return (
    <div role="status">
      {!reachable && (
        <p className="bg-warn-soft px-4 py-2 text-warn sm:px-6">
          The server does not answer. What you see may be old; it catches up by itself.
        </p>
      )}
    </div>
  );
}
