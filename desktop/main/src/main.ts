import { app, dialog } from 'electron';
import { lockApp } from './app/app-home.js';
import { Openings } from './app/openings.js';
import { startApp } from './app/start-app.js';
import { mayStart } from './guard/sealed.js';
import { registerAppScheme } from './windows/app-protocol.js';

if (mayStart()) start();

function start(): void {
  app.setName('AgentFleet');
  // Windows shows notifications of an app under the name its shortcut was installed with: appId of electron-builder.yml.
  if (process.platform === 'win32') app.setAppUserModelId('dev.agentfleet.desktop');
  registerAppScheme();
  try {
    const home = lockApp(app);
    // A second start hands its arguments over and ends.
    if (home) {
      const openings = new Openings(app, process.argv);
      app
        .whenReady()
        .then(() => startApp(openings, home))
        .catch(cannotStart);
    } else app.quit();
  } catch (error) {
    cannotStart(error as Error);
  }
}

function cannotStart(error: Error): void {
  dialog.showErrorBox('AgentFleet cannot start', error.message);
  app.exit(1);
}
