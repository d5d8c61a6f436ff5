import { app, BrowserWindow, dialog, type MessageBoxOptions } from 'electron';

/** A question of the main process to the person at the machine. */
export type Question = Pick<MessageBoxOptions, 'type' | 'message' | 'detail' | 'defaultId' | 'cancelId'> & {
  buttons: string[];
};
/** @returns the index of the button */
export type Ask = (question: Question) => Promise<number>;

/** Asks in front of everything: in the window that a person sees, or alone where there is none. */
export const ask: Ask = async (question) => {
  const window = windowInFront();
  const { response } = window
    ? await dialog.showMessageBox(window, question)
    : await dialog.showMessageBox(question);
  return response;
};

/** The window a dialog belongs to, brought to where it can be seen; undefined where there is none. */
export function windowInFront(): BrowserWindow | undefined {
  const focused = BrowserWindow.getFocusedWindow();
  if (focused) return focused;
  const window = BrowserWindow.getAllWindows().find((each) => each.isVisible() || each.isMinimized());
  // On macOS a dialog without a window opens behind the app that is in front.
  app.focus({ steal: true });
  if (window?.isMinimized()) window.restore();
  window?.focus();
  return window;
}
