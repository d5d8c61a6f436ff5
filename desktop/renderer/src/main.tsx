import './app/strict-csp.js';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { HttpTransport } from './transport/http-transport.js';
import './ui/style.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App transport={new HttpTransport()} />
  </StrictMode>,
);
