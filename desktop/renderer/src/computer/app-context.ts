import type { AppState, SettingsDraft } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { AppClient } from '../transport/app-client.js';

export const AppContext = createContext<AppClient | null>(null);

/** The app's main process, as the screens of this computer reach it. */
export function useAppClient(): AppClient {
  const client = useContext(AppContext);
  if (!client) throw new Error('AppContext is missing above this component');
  return client;
}

/** What the app knows, as it changes. */
export function useAppState(): AppState {
  const client = useAppClient();
  const state = useSyncExternalStore(client.onState, () => client.state);
  if (!state) throw new Error('The state was not asked for before this component was drawn');
  return state;
}

/** Applies settings that touch no session; `error` says why they could not be. */
export function useApplySettings() {
  const client = useAppClient();
  return useMutation({
    mutationFn: async (patch: SettingsDraft) => {
      await client.ask('applySettings', patch);
      await client.ask('state', undefined);
    },
  });
}
