import type { Session, WebPreferences } from 'electron';

/**
 * What a page of the app may do, said in full: also where it is Electron's own choice today. Items of Electron's security
 * checklist; docs/security.md goes through them.
 * @param preload absolute path of the preload script
 */
export function pagePreferences(session: Session, preload: string): WebPreferences {
  return {
    session,
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    // Its dictionaries come from elsewhere.
    spellcheck: false,
  };
}
