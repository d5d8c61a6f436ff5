// The benchmarks, which use this file, do not have Electron's names by themselves.
/// <reference types="electron" />

import type { ElectronApplication } from 'playwright-core';

export interface MenuLine {
  label: string;
  enabled: boolean;
  submenu?: MenuLine[];
}

/** What the app told the desktop: newest last. */
export interface Told {
  notifications: { title: string; body: string }[];
  /** Addresses for the user's browser. */
  links: string[];
  /** Files and folders shown. */
  files: string[];
  /** Where the system's dialogs offered to save a file. */
  places: string[];
  dialogs: { message: string; detail: string; buttons: string[] }[];
  /** Of each of them, whether it belongs to a window, which it cannot be behind. */
  modal: boolean[];
  /** Labels of the menu that a right click opened last. */
  contextMenu: string[];
  tray: { tooltip: string; menu: MenuLine[] } | undefined;
}

/** How the next dialogs are answered: a button's words, or files. */
export interface Answers {
  /** The words, or those of the questions that follow each other; a dialog that has none of them is dismissed. */
  button: string | string[] | undefined;
  files: string[];
}

declare global {
  var told: Told;
  var answers: Answers;
  /** Clicks a line of the tray's menu, by its words; false when there is none. */
  var clickTray: (label: string) => boolean;
  /** Clicks a line of the app's menu. */
  var clickMenu: (label: string) => void;
  var clickContextMenu: (label: string) => void;
  var clickNotification: (index: number) => void;
}

/**
 * Takes the place of the desktop: keeps what the app shows outside of its windows and answers its dialogs. Works on
 * Electron's own modules, so that it is the same on the stand-in and on a real Electron.
 */
export async function listenToDesktop(electron: ElectronApplication): Promise<void> {
  await electron.evaluate(({ dialog, Menu, nativeTheme, Notification, shell, Tray }) => {
    globalThis.told = {
      notifications: [],
      links: [],
      files: [],
      places: [],
      dialogs: [],
      modal: [],
      contextMenu: [],
      tray: undefined,
    };
    globalThis.answers = { button: undefined, files: [] };
    const { told } = globalThis;
    const optionsOf = (args: unknown[]) =>
      args.at(-1) as { message: string; detail?: string; buttons: string[]; cancelId?: number };
    Object.assign(dialog, {
      showMessageBox: async (...args: unknown[]) => {
        const { message, detail = '', buttons, cancelId } = optionsOf(args);
        told.dialogs.push({ message, detail, buttons });
        told.modal.push(args.length > 1);
        const words = [globalThis.answers.button ?? []].flat();
        const chosen = buttons.findIndex((each) => words.includes(each));
        return { response: chosen === -1 ? (cancelId ?? 0) : chosen, checkboxChecked: false };
      },
      showOpenDialog: async () => {
        const { files } = globalThis.answers;
        return { canceled: files.length === 0, filePaths: files };
      },
      showSaveDialog: async (...args: unknown[]) => {
        told.places.push((args.at(-1) as { defaultPath: string }).defaultPath);
        const [filePath = ''] = globalThis.answers.files;
        return { canceled: filePath === '', filePath };
      },
    });
    Object.assign(shell, {
      openExternal: async (url: string) => void told.links.push(url),
      openPath: async (path: string) => {
        told.files.push(path);
        return '';
      },
      showItemInFolder: (path: string) => void told.files.push(path),
    });
    const notifications: Electron.Notification[] = [];
    Notification.isSupported = () => true;
    Notification.prototype.show = function show(this: Electron.Notification) {
      notifications.push(this);
      told.notifications.push({ title: this.title, body: this.body });
    };
    globalThis.clickNotification = (index) => void notifications[index]?.emit('click');
    const linesOf = (menu: Electron.Menu): MenuLine[] =>
      menu.items.map(({ label, enabled, submenu }) => ({
        label,
        enabled,
        ...(submenu && { submenu: linesOf(submenu) }),
      }));
    let shown: Electron.Menu | undefined;
    const { setToolTip, setContextMenu } = Tray.prototype;
    Tray.prototype.setToolTip = function (tooltip) {
      told.tray = { tooltip, menu: told.tray?.menu ?? [] };
      setToolTip.call(this, tooltip);
    };
    Tray.prototype.setContextMenu = function (menu) {
      if (menu) {
        shown = menu;
        told.tray = { tooltip: told.tray?.tooltip ?? '', menu: linesOf(menu) };
      }
      setContextMenu.call(this, menu);
    };
    const find = (menu: Electron.Menu | undefined, label: string): Electron.MenuItem | undefined => {
      for (const item of menu?.items ?? []) {
        const found = item.label === label ? item : find(item.submenu, label);
        if (found) return found;
      }
      return undefined;
    };
    globalThis.clickTray = (label) => {
      const item = find(shown, label);
      item?.click();
      return item !== undefined;
    };
    let opened: Electron.Menu | undefined;
    globalThis.clickContextMenu = (label) => find(opened, label)?.click();
    Menu.prototype.popup = function (this: Electron.Menu) {
      opened = this;
      told.contextMenu = this.items.map(({ label, role, type }) => label || role || type);
    };
    globalThis.clickMenu = (label) => find(Menu.getApplicationMenu() ?? undefined, label)?.click();
    // What was drawn before is drawn again.
    nativeTheme.emit('updated');
  });
}
