import { app } from 'electron';
import { startApp } from './app/start-app.js';
import { registerAppScheme } from './windows/app-protocol.js';

app.setName('AgentFleet');
registerAppScheme();
// One app per user: a second start hands its arguments over and ends.
if (app.requestSingleInstanceLock()) void app.whenReady().then(startApp);
else app.quit();
