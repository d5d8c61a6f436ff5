import { isSetUp, keyTrouble } from '@agentfleet/bridge';
import { allows, type BrowserSession } from '@agentfleet/contract';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { AppExtrasProvider } from '../base/app-extras.js';
import { queries } from '../base/queries.js';
import { TransportContext, useTransport } from '../base/transport-context.js';
import { useLate } from '../base/use-late.js';
import { Shell } from '../shell/shell.js';
import type { AppClient } from '../transport/app-client.js';
import type { Transport } from '../transport/transport.js';
import { AppContext, useAppClient, useAppState } from './app-context.js';
import { ComputerPage } from './computer-page.js';
import { DraftProvider } from './draft-context.js';
import { FirstRun } from './first-run.js';
import { StatusBar } from './status-bar.js';
import { useExtras } from './use-extras.js';
import { useThemeInStep } from './use-theme-in-step.js';

/** The dashboard in the app: with a screen for this computer, and a first-run screen until it is connected. */
export function ComputerRoot({ client, transport }: { client: AppClient; transport: Transport }) {
  return (
    <QueryClientProvider client={queries}>
      <TransportContext value={transport}>
        <AppContext value={client}>
          <Screens />
        </AppContext>
      </TransportContext>
    </QueryClientProvider>
  );
}

function Screens() {
  const state = useAppState();
  const [connecting, setConnecting] = useState(!isSetUp(state));
  return (
    <DraftProvider atOnce={connecting}>
      <Screen connecting={connecting} setConnecting={setConnecting} />
    </DraftProvider>
  );
}

interface ScreenProps {
  connecting: boolean;
  setConnecting: (connecting: boolean) => void;
}

function Screen({ connecting, setConnecting }: ScreenProps) {
  const state = useAppState();
  const hasAccess = state.settings.server !== '' && state.key.source !== 'none';
  // Without a key there is nothing but to give it one.
  useEffect(() => {
    if (!hasAccess) setConnecting(true);
  }, [hasAccess, setConnecting]);
  // A keychain that was unlocked meanwhile had it: there is nothing to connect.
  const trouble = keyTrouble(state) !== undefined;
  const hadTrouble = useRef(trouble);
  const ready = isSetUp(state);
  useEffect(() => {
    if (hadTrouble.current && ready) setConnecting(false);
    hadTrouble.current = trouble;
  }, [ready, trouble, setConnecting]);
  useFollowing();
  useThemeInStep();
  const me = useMe(hasAccess);
  const isLate = useLate(!connecting && me.isLoading);
  const extras = useExtras();
  if (connecting) return <FirstRun onDone={() => setConnecting(false)} />;
  if (!me.data) {
    if (me.isError) return <Alone>{me.error.message}</Alone>;
    return isLate ? <Alone>The server has not answered yet.</Alone> : null;
  }
  if (!allows(me.data.key.scopes, 'runs:read') && !me.data.key.windowOf) {
    return (
      <Alone>
        The key of this computer may run sessions, not look at them. To see them here, replace it by one that
        may.
      </Alone>
    );
  }
  return (
    <div className="flex h-full flex-col">
      <div className="min-h-0 flex-1">
        <AppExtrasProvider value={extras}>
          <Shell session={me.data} />
        </AppExtrasProvider>
      </div>
      <StatusBar />
    </div>
  );
}

/** Whose key it is. Asked again until the server answers. */
function useMe(hasAccess: boolean) {
  const transport = useTransport();
  const { key, settings } = useAppState();
  return useQuery({
    queryKey: ['me', settings.server, key.hint],
    queryFn: async (): Promise<BrowserSession> => {
      const me = await transport.me();
      if (!me) throw new Error('The server does not know the key.');
      return me;
    },
    enabled: hasAccess,
    retry: false,
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.status === 'error' ? 3_000 : false),
  });
}

/** Goes where the main process says, and tells it which session is in view. */
function useFollowing(): void {
  const client = useAppClient();
  const { runnerId } = useAppState().runner;
  const [path, navigate] = useLocation();
  useEffect(
    () =>
      client.listen((telling) => {
        if (telling.type === 'open') navigate(telling.path);
        if (telling.type !== 'folder') return;
        const place = new URLSearchParams({ runnerId: runnerId ?? '', cwd: telling.path });
        navigate(`/sessions/new?${place}`);
      }),
    [client, navigate, runnerId],
  );
  const runId = /^\/sessions\/(clr[A-Za-z0-9]+)$/.exec(path)?.[1] ?? null;
  useEffect(() => {
    client.ask('viewing', runId).catch(() => undefined);
  }, [client, runId]);
}

/** This computer without the sessions of the server. */
function Alone({ children }: { children: ReactNode }) {
  return (
    <main className="relative h-full overflow-y-auto">
      <p role="status" className="bg-warn-soft px-4 py-2 text-warn sm:px-6">
        {children}
      </p>
      <ComputerPage />
    </main>
  );
}
