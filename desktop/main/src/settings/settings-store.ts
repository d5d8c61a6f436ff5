import { AppSettings, type AppSettingsPatch, defaultSettings } from '@agentfleet/bridge';
import { type ReadSettings, readSettingsFile, writeSettingsFile } from './read-settings.js';
import { SettingsFile } from './settings-file.js';

/**
 * The settings, as they were read once, and their file: written whole, so that a crash leaves either the old or the new one, and
 * never in place of what could not be read.
 */
export class SettingsStore {
  readonly #file: SettingsFile;
  readonly #hostname: string;
  #settings: AppSettings;
  #problems: string[] = [];
  #unreadable: string | undefined;
  /** Whether the settings come of the file, or of there being none. */
  #isRead = false;

  constructor(path: string, hostname: string) {
    this.#file = new SettingsFile(path);
    this.#hostname = hostname;
    this.#settings = defaultSettings(hostname);
    this.look();
  }

  get settings(): AppSettings {
    return this.#settings;
  }

  /** What was wrong with the file when it was read; empty again once something was saved. */
  get problems(): string[] {
    return this.#problems;
  }

  /** Why nothing can be saved until the owner mends the file or sets it aside, for a person; undefined while all is well. */
  get unreadable(): string | undefined {
    if (this.#unreadable === undefined) return undefined;
    const now = this.#isRead ? 'What was read before holds' : 'The defaults hold';
    return `The settings file cannot be read: ${this.#unreadable}. ${now}, and nothing is saved until it can be read again or you set it aside.`;
  }

  /** Looks at the file again. @returns whether the settings are others: the first time that it can be read */
  look(): boolean {
    const there = this.#look();
    if (!there || this.#isRead) return false;
    this.#isRead = true;
    this.#settings = there.settings;
    this.#problems = there.problems;
    return true;
  }

  /** Throws a sentence where nothing could be saved. */
  mustBeReadable(): void {
    if (this.#isRead) this.look();
    if (this.unreadable !== undefined) throw new Error(this.unreadable);
  }

  /**
   * Changes some settings and writes them; whatever else the file says by now stays, and holds from the next start on. Throws when
   * a value is not valid, the file cannot be read or the disk refuses.
   */
  save(patch: AppSettingsPatch): AppSettings {
    const settings = AppSettings.parse({ ...this.#settings, ...patch });
    const there = this.#isRead ? this.#look() : undefined;
    if (!there) throw new Error(`${this.unreadable} Nothing was changed.`);
    this.#file.write(writeSettingsFile(settings, there.fields, this.#settings));
    this.#settings = settings;
    this.#problems = [];
    return settings;
  }

  /** Its owner agrees that a file that cannot be read goes out of the way. Throws what the system says. */
  setAside(): void {
    if (this.#unreadable === undefined) return;
    const aside = this.#file.putAside('.aside');
    this.look();
    this.#problems = [`The settings file lies as ${aside} now. It was not changed.`];
  }

  #look(): ReadSettings | undefined {
    const found = this.#file.look();
    if (found !== 'none' && 'unreadable' in found) {
      this.#unreadable = found.unreadable;
      return undefined;
    }
    this.#unreadable = undefined;
    return readSettingsFile(found === 'none' ? undefined : found.text, this.#hostname);
  }
}
