import type { Bridge } from '@agentfleet/bridge';
import { askChannel, tellChannel } from '@agentfleet/bridge/channels';
import { contextBridge, ipcRenderer } from 'electron';

const bridge: Bridge = {
  ask: (command, input) => ipcRenderer.invoke(askChannel, command, input),
  listen(listener) {
    // The event itself carries a way to the sender: it stays here.
    const onTelling = (_event: unknown, telling: unknown) => listener(telling);
    ipcRenderer.on(tellChannel, onTelling);
    return () => {
      ipcRenderer.removeListener(tellChannel, onTelling);
    };
  },
};

contextBridge.exposeInMainWorld('agentfleet', bridge);
