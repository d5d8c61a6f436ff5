import type { Bridge } from '@agentfleet/bridge';
import { askChannel, tellChannel } from '@agentfleet/bridge/channels';
import { contextBridge, ipcRenderer, webUtils } from 'electron';

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

// A file that is dropped on the window would be opened in it; its path is the main process's to know, not the page's.
addEventListener('dragover', (event) => {
  if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
});
addEventListener('drop', (event) => {
  const item = event.dataTransfer?.items[0];
  const file = item?.getAsFile();
  if (!file) return;
  event.preventDefault();
  const path = event.isTrusted ? webUtils?.getPathForFile(file) : undefined;
  const isFolder = item?.webkitGetAsEntry()?.isDirectory ?? false;
  if (path) void ipcRenderer.invoke(askChannel, 'dropPlace', { path, isFolder });
});
