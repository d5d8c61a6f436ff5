/** What the windows and the main process of the app say to each other. Imports the contract and zod only. */
export * from './api-relay.js';
export * from './app-settings.js';
export * from './app-state.js';
export * from './bridge.js';
export * from './channels.js';
export * from './commands.js';
export * from './is-readable.js';
export * from './key-trouble.js';
