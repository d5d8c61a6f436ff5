import { app, dialog } from 'electron';
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
  // One app per user: a second start hands its arguments over and ends.
  if (app.requestSingleInstanceLock()) {
    const openings = new Openings(app, process.argv);
    app
      .whenReady()
      .then(() => startApp(openings))
      .catch((error: Error) => {
        dialog.showErrorBox('AgentFleet cannot start', error.message);
        app.exit(1);
      });
  } else app.quit();
}
