import type { BrowserSession } from '@agentfleet/contract';
import { lazy, Suspense, useRef, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useAppExtras } from '../base/app-extras.js';
import { Broken } from '../base/broken.js';
import { NothingHere } from '../base/nothing-here.js';
import { patiently } from '../base/patiently.js';
import { SignedIn } from '../base/signed-in.js';
import { TypeAhead } from '../palette/type-ahead.js';
import { SessionsPage } from '../sessions/sessions-page.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Skeleton } from '../ui/skeleton.js';
import { Toasts } from '../ui/toasts.js';
import { useFirstTouch } from '../ui/use-first-touch.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { Header } from './header.js';
import { useLive } from './live.js';
import { OfflineBanner } from './offline-banner.js';
import { useTabState } from './tab-state.js';
import { usePaletteKey } from './use-palette-key.js';

// Markdown and diffs come with the session view only, charts with usage, and what takes a keystroke on that keystroke.
const UsagePage = lazy(patiently(() => import('../usage/usage-page.js')));
const SessionPage = lazy(patiently(() => import('../session/session-page.js')));
const LaunchPage = lazy(patiently(() => import('../launch/launch-page.js')));
const RunnersPage = lazy(patiently(() => import('../runners/runners-page.js')));
const RunnerPage = lazy(patiently(() => import('../runners/runner-page.js')));
const ApiKeysPage = lazy(patiently(() => import('../settings/api-keys-page.js')));
const AuditPage = lazy(patiently(() => import('../settings/audit-page.js')));
const AppearancePage = lazy(patiently(() => import('../settings/appearance-page.js')));
const ConnectPage = lazy(patiently(() => import('../connect/connect-page.js')));
const fetchPalette = () => import('../palette/command-palette.js');
const CommandPalette = lazy(patiently(fetchPalette));
const ShortcutHelp = lazy(patiently(() => import('./shortcut-help.js')));

interface Props {
  session: BrowserSession;
  /** undefined where nobody signs in or out, as in the app. */
  onSignOut?: (() => void) | undefined;
}

/** What stands around every screen: navigation, palette, toasts, who is signed in, whether the server is there. */
export function Shell({ session, onSignOut }: Props) {
  return (
    <SignedIn value={session}>
      <Frame onSignOut={onSignOut} />
      <Toasts />
    </SignedIn>
  );
}

function Frame({ onSignOut }: Omit<Props, 'session'>) {
  const { screens } = useAppExtras();
  const [path, navigate] = useLocation();
  const [over, setOver] = useState<'palette' | 'help' | null>(null);
  const close = () => setOver(null);
  const typed = useRef('');
  const openPalette = () => {
    typed.current = '';
    setOver('palette');
  };
  useLive();
  useTabState();
  usePaletteKey(openPalette);
  // Where that fails, the key itself asks again.
  useFirstTouch(() => void fetchPalette().catch(() => {}));
  useShortcuts({
    n: { does: 'New session', act: () => navigate('/sessions/new') },
    '?': { does: 'These shortcuts', act: () => setOver('help') },
    'g s': { does: 'Go to sessions', act: () => navigate('/sessions') },
    'g r': { does: 'Go to runners', act: () => navigate('/runners') },
    'g u': { does: 'Go to usage', act: () => navigate('/usage') },
    'g k': { does: 'Go to API keys', act: () => navigate('/settings/api-keys') },
  });
  return (
    <div className="flex h-full flex-col">
      <a href="#main" className="button sr-only z-50 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to content
      </a>
      <Header onSignOut={onSignOut} onPalette={openPalette} onHelp={() => setOver('help')} />
      <OfflineBanner />
      <main
        id="main"
        // Notes stand elsewhere there, from the first moment on.
        data-screen={screenOf(path) === sessionScreen ? 'session' : undefined}
        className="relative min-h-0 flex-1 overflow-y-auto"
        tabIndex={-1}
      >
        <ErrorBoundary key={screenOf(path)} instead={(error) => <Broken error={error} />}>
          <Suspense fallback={<Skeleton lines={8} />}>
            <Switch>
              <Route path="/">
                <Redirect to="/sessions" replace />
              </Route>
              <Route path="/sessions" component={SessionsPage} />
              <Route path="/sessions/new" component={LaunchPage} />
              <Route path="/sessions/:id">{({ id }) => <SessionPage runId={id} />}</Route>
              <Route path="/runners" component={RunnersPage} />
              <Route path="/runners/:id">{({ id }) => <RunnerPage key={id} runnerId={id} />}</Route>
              <Route path="/usage" component={UsagePage} />
              <Route path="/connect" component={ConnectPage} />
              <Route path="/settings">
                <Redirect to="/settings/api-keys" replace />
              </Route>
              <Route path="/settings/api-keys" component={ApiKeysPage} />
              <Route path="/settings/audit" component={AuditPage} />
              <Route path="/settings/appearance" component={AppearancePage} />
              {screens.map(({ path, screen }) => (
                <Route key={path} path={path} component={screen} />
              ))}
              <Route>
                <NothingHere />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
      <ErrorBoundary key={over} instead={() => null}>
        <Suspense
          fallback={
            over === 'palette' && (
              <TypeAhead
                onType={(text) => {
                  typed.current = text;
                }}
                onEscape={close}
              />
            )
          }
        >
          {over === 'palette' && (
            <CommandPalette
              typed={typed}
              onSignOut={onSignOut}
              onHelp={() => setOver('help')}
              onClose={close}
            />
          )}
          {over === 'help' && <ShortcutHelp onClose={close} />}
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

/** The same for every session: the list beside it stays as one goes from one to the next. */
const sessionScreen = '/sessions/:id';
const screenOf = (path: string) => (/^\/sessions\/(?!new$)[^/]+$/.test(path) ? sessionScreen : path);
