import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { until } from '../../../runner-core/e2e/fleet.js';
import type { Computer } from './computer.js';
import type { Lane } from './lane.js';
import { listenToDesktop, type Told } from './told.js';

export interface StartOptions {
  /** Words for the app, e.g. a link. */
  args?: string[];
  env?: Record<string, string>;
  /** Another build of the app than the lane's. */
  folder?: string;
}

/** How it was started. */
interface Command {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

/** The app as it runs, from outside: its windows through Playwright, its desktop through Electron's modules. */
export class RunningApp {
  /** Its main process. */
  readonly #process: ChildProcess;

  private constructor(
    readonly electron: ElectronApplication,
    readonly computer: Computer,
    private readonly command: Command,
  ) {
    this.#process = electron.process();
  }

  static async start(
    lane: Pick<Lane, 'executablePath' | 'args' | 'folder' | 'bus'>,
    computer: Computer,
    { args = [], env = {}, folder }: StartOptions = {},
  ): Promise<RunningApp> {
    const appFolder = [folder ?? lane.folder].filter((each) => each !== undefined);
    const bus = computer.hasKeychain && lane.bus;
    const command: Command = {
      executablePath: lane.executablePath,
      args: [...lane.args, ...appFolder, `--user-data-dir=${computer.userData}`],
      env: { ...computer.env, ...(bus && { DBUS_SESSION_BUS_ADDRESS: bus }), ...env },
      cwd: computer.home,
    };
    const launch = { ...command, args: [...command.args, ...args], timeout: 30_000 };
    const electron = await _electron.launch(launch);
    electron.context().setDefaultTimeout(15_000);
    const app = new RunningApp(electron, computer, command);
    await listenToDesktop(electron);
    return app;
  }

  /** The page of its window, once it shows one of its screens. */
  async page(): Promise<Page> {
    const page = await this.electron.firstWindow();
    await page.waitForURL((url) => url.href !== 'about:blank');
    return page;
  }

  /** Starts the app once more, as a click on its icon or a link does; resolves when that second one has ended. */
  async startAgain(...words: string[]): Promise<void> {
    const { executablePath, args, env, cwd } = this.command;
    const sandbox = process.platform === 'linux' ? ['--no-sandbox'] : [];
    const second = spawn(executablePath, [...sandbox, ...args, ...words], { env, cwd, stdio: 'ignore' });
    await once(second, 'exit');
  }

  /** What it has told the desktop since it started. */
  told(): Promise<Told> {
    return this.electron.evaluate(() => globalThis.told);
  }

  /** Waits until the desktop was told something. */
  async hasTold(matches: (told: Told) => boolean): Promise<void> {
    await until(async () => matches(await this.told()));
  }

  /** Waits for a line of the app's own log. */
  async logged(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.computer.log()));
  }

  /** Clicks a line of the tray's menu. */
  async clickTray(label: string): Promise<void> {
    await until(() => this.electron.evaluate((_electron, label) => globalThis.clickTray(label), label));
  }

  /** Clicks a line of the app's menu. */
  clickMenu(label: string): Promise<void> {
    return this.electron.evaluate((_electron, label) => globalThis.clickMenu(label), label);
  }

  /** Runs code in the window's page without Playwright's hands on it. */
  inPage(code: string): Promise<unknown> {
    return this.electron.evaluate(
      ({ BrowserWindow }, code) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code),
      code,
    );
  }

  /** Of the window's page. */
  url(): Promise<string> {
    return this.electron.evaluate(
      ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL() ?? '',
    );
  }

  /** Which screen the window shows, e.g. `/sessions`. */
  async screen(): Promise<string> {
    return String(await this.inPage('location.pathname'));
  }

  /** Waits for words in the window's page. */
  async shows(words: string | RegExp): Promise<void> {
    await until(async () => {
      const text = await this.inPage('document.body?.innerText').catch(() => undefined);
      return typeof text === 'string' && text.search(words) >= 0;
    });
  }

  /** As a person closes it. */
  closeWindow(): Promise<void> {
    return this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  }

  isMinimized(): Promise<boolean | undefined> {
    return this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized());
  }

  focus(): Promise<void> {
    return this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.focus());
  }

  /** Whether the system was told not to sleep. */
  keepsAwake(): Promise<boolean> {
    return this.electron.evaluate(({ powerSaveBlocker }) =>
      [0, 1, 2, 3, 4].some((id) => powerSaveBlocker.isStarted(id)),
    );
  }

  windows(): Promise<number> {
    return this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  }

  /** Quits it as its menu does; resolves when it has ended. */
  async quit(): Promise<void> {
    // It may be gone before it has answered.
    await this.electron.evaluate(({ app }) => app.quit()).catch(() => undefined);
    await this.ended();
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Of its main process. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Resolves when its process has ended. */
  async ended(): Promise<void> {
    await until(() => this.hasEnded);
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.#process.kill('SIGKILL');
    await this.ended();
  }
}
