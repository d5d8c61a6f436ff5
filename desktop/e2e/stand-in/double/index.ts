/** The module `electron`, as far as the app and Playwright use it. */
export { app } from './app.js';
export { BrowserWindow } from './browser-window.js';
export {
  autoUpdater,
  clipboard,
  dialog,
  globalShortcut,
  Menu,
  MenuItem,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell,
  Tray,
} from './desktop.js';
export { ipcMain } from './ipc-main.js';
export { protocol, session } from './session.js';
export { webContents } from './web-contents.js';
