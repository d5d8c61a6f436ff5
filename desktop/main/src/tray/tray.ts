import { Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from 'electron';
import { shipped } from '../app/shipped.js';
import type { TrayAction, TrayIcon, TrayItem, TrayModel } from './tray-model.js';

/** Shows a tray model, and changes only what has changed: a menu that is open would close otherwise. */
export class AppTray {
  readonly #onAction: (action: TrayAction) => void;
  #tray: Tray | undefined;
  #model: TrayModel | undefined;
  #shown = '';

  constructor(onAction: (action: TrayAction) => void) {
    this.#onAction = onAction;
    // The icon has a look for light and one for dark.
    nativeTheme.on('updated', () => {
      this.#shown = '';
      if (this.#model) this.show(this.#model);
    });
  }

  show(model: TrayModel): void {
    this.#model = model;
    const text = JSON.stringify(model);
    if (text === this.#shown) return;
    this.#shown = text;
    const image = trayImage(model.icon);
    if (this.#tray) this.#tray.setImage(image);
    else this.#create(image);
    this.#tray?.setToolTip(model.summary);
    this.#tray?.setContextMenu(Menu.buildFromTemplate(model.items.map((item) => this.#menuItem(item))));
  }

  close(): void {
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  #create(image: Electron.NativeImage): void {
    this.#tray = new Tray(image);
    // On macOS and most Linux desktops a click opens the menu; on Windows people expect the window.
    if (process.platform === 'win32') {
      this.#tray.on('click', () => this.#onAction({ type: 'open', path: '/sessions' }));
    }
  }

  #menuItem(item: TrayItem): MenuItemConstructorOptions {
    switch (item.type) {
      case 'separator':
        return { type: 'separator' };
      case 'note':
        return { label: item.label, enabled: false };
      case 'menu':
        return { label: item.label, submenu: item.items.map((each) => this.#menuItem(each)) };
      case 'action':
        return { label: item.label, click: () => this.#onAction(item.action) };
    }
  }
}

/** macOS draws template images in the menu bar's own colour; elsewhere there is one for light and one for dark. */
function trayImage(icon: TrayIcon): Electron.NativeImage {
  const look =
    process.platform === 'darwin' ? 'Template' : nativeTheme.shouldUseDarkColors ? '-dark' : '-light';
  return nativeImage.createFromPath(shipped('resources', 'tray', `${icon}${look}.png`));
}
