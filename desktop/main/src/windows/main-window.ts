import { app, BrowserWindow, Menu, nativeTheme, type Session, screen } from 'electron';
import { appOrigin } from './app-files.js';
import { contextMenu } from './context-menu.js';
import { showInDock } from './dock.js';
import { type PageFault, PageHealth } from './page-health.js';
import { pagePreferences } from './page-preferences.js';
import { broughtBack, placeWindow, smallest } from './placement.js';
import type { WindowMemory } from './window-memory.js';

/** Shown before the page has drawn anything; the page's own paper. */
const paper = { light: '#fbfaf7', dark: '#131614' };
/** Whether the page shows anything: its root has something in it. */
const showsAnything = "(document.getElementById('root')?.childElementCount ?? 0) > 0";
/** A window that is being dragged is remembered when it rests, ms. */
const restMs = 500;
/** Of a window’s frame, px. */
const thickestFrame = 100;
/** Of a turn of the wheel with Ctrl; Chromium's own step. */
const zoomStep = 0.5;

export interface MainWindowOptions {
  session: Session;
  preload: string;
  icon: string;
  /** Whether the app can be reached without a window. */
  hasTray: boolean;
  /** Whether the app is about to quit: the window then closes for good. */
  isQuitting: () => boolean;
  memory: WindowMemory;
  /** The window was closed for the first time, and the app goes on without it. */
  onFirstClose(): void;
  /** Puts a link of the page into the clipboard. */
  copyLink(url: string): void;
  /** Windows logs the user off or shuts down; it tells windows only. */
  onSessionEnd(): void;
  /** A person looks at it. */
  onSeen(): void;
  /** Its page was loaded anew, by itself or because somebody wanted to see it. */
  onRenewed(fault: PageFault): void;
  /** Its page is gone: the window was closed, the page crashed or is loaded anew. */
  onGone(contentsId: number): void;
  log(text: string): void;
}

/** The one window. It is made when it is asked for and given up when it is closed, so that the tray alone stays small. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #health: PageHealth | undefined;

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Whether a person can see it now. */
  get isInView(): boolean {
    return this.#window?.isFocused() === true && this.#window.isVisible();
  }

  /** Brings the window to the front. @param path of the screen, e.g. `/sessions`; undefined stays where it is */
  show(path?: string): void {
    if (this.#window) {
      if (this.#window.isMinimized()) this.#window.restore();
      bringBack(this.#window);
      this.#window.show();
      this.#window.focus();
      this.#health?.opened();
      return;
    }
    this.#create(path ?? '/');
  }

  #create(path: string): void {
    const { session, preload, icon, log, memory } = this.#options;
    const place = placeWindow(memory.remembered.bounds, workAreas());
    const window = new BrowserWindow({
      show: false,
      ...place,
      minWidth: smallest.width,
      minHeight: smallest.height,
      title: 'AgentFleet',
      icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? paper.dark : paper.light,
      webPreferences: pagePreferences(session, preload),
    });
    this.#window = window;
    if (memory.remembered.maximized) window.maximize();
    remember(window, memory, place);
    keepInReach(window);
    offerContextMenu(window, this.#options.copyLink);
    showInDock(window, app.dock);
    const contentsId = window.webContents.id;
    const health = this.#watch(window);
    this.#health = health;
    window.once('ready-to-show', () => {
      window.show();
      this.#options.onSeen();
    });
    window.on('focus', () => this.#options.onSeen());
    window.on('close', (event) => this.#onClose(event, window));
    window.on('session-end', () => this.#options.onSessionEnd());
    window.on('closed', () => {
      this.#window = undefined;
      health.close();
      this.#options.onGone(contentsId);
    });
    window.webContents.on('did-navigate', () => this.#options.onGone(contentsId));
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      log(`The window’s process is gone: ${reason}`);
      this.#options.onGone(contentsId);
      if (reason !== 'clean-exit') health.gone();
    });
    window.loadURL(appOrigin + path).catch((error: Error) => log(`The window cannot load: ${error.message}`));
  }

  /** Without a tray a closed window could not be had back: it is minimised instead. */
  #onClose(event: { preventDefault(): void }, window: BrowserWindow): void {
    const { isQuitting, hasTray, memory, onFirstClose } = this.#options;
    if (isQuitting()) return;
    if (!memory.remembered.toldOfClosing) {
      memory.keep({ toldOfClosing: true });
      onFirstClose();
    }
    if (hasTray) return;
    event.preventDefault();
    window.minimize();
  }

  #watch(window: BrowserWindow): PageHealth {
    const contents = window.webContents;
    return new PageHealth({
      look: async () => (await contents.executeJavaScript(showsAnything)) === true,
      isLoaded: () => !contents.isDestroyed() && !contents.isLoading() && window.isVisible(),
      end: () => contents.forcefullyCrashRenderer(),
      reload: () => {
        if (!contents.isDestroyed()) contents.reload();
      },
      renewed: (fault) => {
        this.#options.log(
          `The page had ${fault === 'crashed' ? 'crashed' : `been ${fault}`}: it is loaded again.`,
        );
        this.#options.onRenewed(fault);
      },
    });
  }
}

/** What windows may cover, of the primary display first. */
function workAreas(): Electron.Rectangle[] {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary, ...others].map(({ workArea }) => workArea);
}

/** Not every system moves a window whose display was unplugged or turned. */
function keepInReach(window: BrowserWindow): void {
  let resting: NodeJS.Timeout | undefined;
  // Those that do are left the time for it.
  const changed = () => {
    clearTimeout(resting);
    resting = setTimeout(() => bringBack(window), restMs);
  };
  screen.on('display-removed', changed).on('display-metrics-changed', changed);
  window.on('closed', () => {
    clearTimeout(resting);
    screen.off('display-removed', changed).off('display-metrics-changed', changed);
  });
}

function bringBack(window: BrowserWindow): void {
  if (window.isMinimized()) return;
  const place = broughtBack(window.getBounds(), workAreas());
  if (place) window.setBounds(place);
}

/** Keeps place, size and zoom of a window from one time to the next. @param asked where it was to open */
function remember(window: BrowserWindow, memory: WindowMemory, asked: Partial<Electron.Rectangle>): void {
  const contents = window.webContents;
  let frame = { x: 0, y: 0 };
  const keep = () => {
    const { x, y, ...size } = window.getNormalBounds();
    memory.keep({
      bounds: { x: x - frame.x, y: y - frame.y, ...size },
      maximized: window.isMaximized(),
      zoom: contents.getZoomLevel(),
    });
  };
  window.once('show', () => {
    setTimeout(() => {
      if (window.isDestroyed()) return;
      frame = frameAround(asked, window.getNormalBounds());
      keep();
    }, restMs);
  });
  let resting: NodeJS.Timeout | undefined;
  const keepSoon = () => {
    clearTimeout(resting);
    resting = setTimeout(keep, restMs);
  };
  window.on('resize', keepSoon);
  window.on('move', keepSoon);
  window.on('close', () => {
    clearTimeout(resting);
    keep();
  });
  window.on('closed', () => clearTimeout(resting));
  contents.on('did-finish-load', () => contents.setZoomLevel(memory.remembered.zoom));
  contents.on('zoom-changed', (_event, direction) => {
    contents.setZoomLevel(contents.getZoomLevel() + (direction === 'in' ? zoomStep : -zoomStep));
    keepSoon();
  });
}

/**
 * What a window manager of X11 put between the place that was asked for and the one that is told: the window would wander
 * by it from one time to the next.
 */
function frameAround(asked: Partial<Electron.Rectangle>, told: Electron.Rectangle): { x: number; y: number } {
  const none = { x: 0, y: 0 };
  if (process.platform !== 'linux' || asked.x === undefined || asked.y === undefined) return none;
  const [x, y] = [told.x - asked.x, told.y - asked.y];
  return [x, y].every((each) => each >= 0 && each <= thickestFrame) ? { x, y } : none;
}

function offerContextMenu(window: BrowserWindow, copyLink: (url: string) => void): void {
  window.webContents.on('context-menu', (_event, pointed) => {
    const template = contextMenu(pointed, () => copyLink(pointed.linkURL));
    if (template.length > 0) Menu.buildFromTemplate(template).popup({ window });
  });
}
