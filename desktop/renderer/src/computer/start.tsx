import type { Bridge } from '@agentfleet/bridge';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppClient } from '../transport/app-client.js';
import { IpcTransport } from '../transport/ipc-transport.js';
import { ComputerRoot } from './computer-root.js';

/** Starts the dashboard in the app. */
export async function start(root: HTMLElement, bridge: Bridge): Promise<void> {
  const client = new AppClient(bridge);
  await client.ask('state', undefined);
  createRoot(root).render(
    <StrictMode>
      <ComputerRoot client={client} transport={new IpcTransport(client)} />
    </StrictMode>,
  );
}
