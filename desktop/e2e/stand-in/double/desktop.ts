import { EventEmitter } from 'node:events';

// What the desktop around the app does. There is none here: the doubles keep what they were told, answer as if nobody
// were there, and are told otherwise by the specs, with the same words as the real ones.

export interface MenuItemTemplate {
  label?: string;
  type?: string;
  role?: string;
  enabled?: boolean;
  accelerator?: string;
  click?: () => void;
  submenu?: MenuItemTemplate[] | Menu;
}

export class MenuItem {
  readonly label: string;
  readonly type: string;
  readonly role: string | undefined;
  readonly enabled: boolean;
  readonly accelerator: string | undefined;
  readonly submenu: Menu | undefined;
  readonly click: () => void;

  constructor({ label = '', type, role, enabled = true, accelerator, click, submenu }: MenuItemTemplate) {
    this.label = label;
    this.role = role;
    this.enabled = enabled;
    this.accelerator = accelerator;
    this.submenu = Array.isArray(submenu) ? Menu.buildFromTemplate(submenu) : submenu;
    this.type = type ?? (this.submenu ? 'submenu' : 'normal');
    this.click = click ?? (() => undefined);
  }
}

let applicationMenu: Menu | null = null;

export class Menu {
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: MenuItemTemplate[]): Menu {
    const menu = new Menu();
    menu.items.push(...template.map((each) => new MenuItem(each)));
    return menu;
  }

  popup(): void {}

  static setApplicationMenu(menu: Menu | null): void {
    applicationMenu = menu;
  }

  static getApplicationMenu(): Menu | null {
    return applicationMenu;
  }
}

export class Tray extends EventEmitter {
  setImage(): void {}
  setToolTip(): void {}
  setContextMenu(): void {}
  destroy(): void {}
}

export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }

  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: { title?: string; body?: string } = {}) {
    super();
    this.title = title;
    this.body = body;
  }

  show(): void {
    this.emit('show');
  }

  close(): void {
    this.emit('close');
  }
}

interface MessageBox {
  cancelId?: number;
}

/** Dialogs of the system, each dismissed. The owner may come before the options. */
export const dialog = {
  showMessageBox: async (...args: unknown[]) => ({ response: (args.at(-1) as MessageBox).cancelId ?? 0 }),
  showOpenDialog: async () => ({ canceled: true, filePaths: [] as string[] }),
  showSaveDialog: async () => ({ canceled: true, filePath: '' }),
  showErrorBox: () => undefined,
};

let clipboardText = '';

export const clipboard = {
  readText: () => clipboardText,
  writeText(text: string) {
    clipboardText = text;
  },
  clear() {
    clipboardText = '';
  },
};

export const shell = {
  openExternal: async () => undefined,
  openPath: async () => '',
  showItemInFolder: () => undefined,
};

const shortcuts = new Map<string, () => void>();

export const globalShortcut = {
  register(keys: string, act: () => void): boolean {
    shortcuts.set(keys, act);
    return true;
  },
  unregister(keys: string): void {
    shortcuts.delete(keys);
  },
  isRegistered: (keys: string) => shortcuts.has(keys),
};

export const nativeImage = {
  createFromPath: (path: string) => ({ path, isEmpty: () => false }),
};

const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1048 } };

export const screen = Object.assign(new EventEmitter(), {
  getPrimaryDisplay: () => display,
  getAllDisplays: () => [display],
});

class NativeTheme extends EventEmitter {
  #source: 'system' | 'light' | 'dark' = 'system';

  get themeSource(): 'system' | 'light' | 'dark' {
    return this.#source;
  }

  set themeSource(source: 'system' | 'light' | 'dark') {
    if (source === this.#source) return;
    this.#source = source;
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }
}

export const nativeTheme = new NativeTheme();
export const powerMonitor = new EventEmitter();

const blockers = new Set<number>();
let lastBlocker = 0;

export const powerSaveBlocker = {
  start(): number {
    lastBlocker += 1;
    blockers.add(lastBlocker);
    return lastBlocker;
  },
  stop: (id: number) => blockers.delete(id),
  isStarted: (id: number) => blockers.has(id),
};

export const autoUpdater = new EventEmitter();
