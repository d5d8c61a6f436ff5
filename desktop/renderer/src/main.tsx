import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.js';
import { HttpTransport } from './transport/http-transport.js';
import { mendLanguage } from './ui/language.js';
import './ui/style.css';
// Follows the system's theme from the first screen on, also where nothing on it has a choice of themes.
import './ui/theme.js';

mendLanguage();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const { agentfleet } = window;
// The same build serves browsers and the app; only the app has a bridge to its main process.
if (agentfleet) void import('./computer/start.js').then(({ start }) => start(root, agentfleet));
else {
  createRoot(root).render(
    <StrictMode>
      <App transport={new HttpTransport()} />
    </StrictMode>,
  );
}
