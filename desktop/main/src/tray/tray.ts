import { Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from 'electron';
import { shipped } from '../app/shipped.js';
import { trayImageFile } from './tray-image.js';
import type { TrayAction, TrayItem, TrayModel } from './tray-model.js';

/** A menu that is changed under the pointer is hard to use: what streams into it is shown this often at most, ms. */
const menuEveryMs = 1_000;

/** Shows a tray model, and changes only those parts of it that have changed. */
export class AppTray {
  readonly #onAction: (action: TrayAction) => void;
  #tray: Tray | undefined;
  #model: TrayModel | undefined;
  #shown = { image: '', summary: '', items: '' };
  #resting: NodeJS.Timeout | undefined;

  constructor(onAction: (action: TrayAction) => void) {
    this.#onAction = onAction;
    // A panel that changes its theme may draw its icons anew: it is told everything again.
    nativeTheme.on('updated', () => {
      this.#shown = { image: '', summary: '', items: '' };
      if (this.#model) this.show(this.#model);
    });
  }

  show(model: TrayModel): void {
    this.#model = model;
    this.#showIcon();
    if (!this.#resting) this.#showMenu();
  }

  close(): void {
    clearTimeout(this.#resting);
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  #showIcon(): void {
    if (!this.#model) return;
    const { icon, summary } = this.#model;
    const image = trayImageFile(icon, {
      platform: process.platform,
      isDark: isTrayDark(),
      desktop: process.env.XDG_CURRENT_DESKTOP,
    });
    if (image !== this.#shown.image) {
      const drawing = nativeImage.createFromPath(shipped('resources', 'tray', image));
      if (this.#tray) this.#tray.setImage(drawing);
      else this.#create(drawing);
    }
    if (summary !== this.#shown.summary) this.#tray?.setToolTip(summary);
    this.#shown = { ...this.#shown, image, summary };
  }

  #showMenu(): void {
    this.#resting = undefined;
    if (!this.#model || !this.#tray) return;
    const items = JSON.stringify(this.#model.items);
    if (items === this.#shown.items) return;
    this.#shown.items = items;
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#model.items.map((item) => this.#menuItem(item))));
    this.#resting = setTimeout(() => this.#showMenu(), menuEveryMs);
    this.#resting.unref();
  }

  #create(image: Electron.NativeImage): void {
    this.#tray = new Tray(image);
    // On macOS and most Linux desktops a click opens the menu; on Windows people expect the window as they left it.
    if (process.platform === 'win32') this.#tray.on('click', () => this.#onAction({ type: 'open' }));
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

/** The theme of the app itself may be another one than that of the taskbar. Older Electrons cannot tell them apart. */
function isTrayDark(): boolean {
  return nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ?? nativeTheme.shouldUseDarkColors;
}
