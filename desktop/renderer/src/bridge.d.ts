import type { Bridge } from '@agentfleet/bridge';

declare global {
  interface Window {
    /** Put there by the app's preload script; a browser has none. */
    readonly agentfleet?: Bridge;
  }
}
