import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppSettings, type AppSettingsPatch } from '@agentfleet/bridge';
import { isDamaged, type ReadSettings, readSettingsFile, writeSettingsFile } from './read-settings.js';

/** The settings file: read once, written whole, so that a crash leaves either the old or the new one. */
export class SettingsStore {
  readonly #path: string;
  #read: ReadSettings;

  constructor(path: string, hostname: string) {
    this.#path = path;
    const text = readIfThere(path);
    this.#read = readSettingsFile(text, hostname);
    if (text !== undefined && isDamaged(text)) renameSync(path, `${path}.damaged`);
  }

  get settings(): AppSettings {
    return this.#read.settings;
  }

  /** What was wrong with the file when it was read; empty again once something was saved. */
  get problems(): string[] {
    return this.#read.problems;
  }

  /** Changes some settings and writes them. Throws when a value is not valid or the disk refuses. */
  save(patch: AppSettingsPatch): AppSettings {
    const settings = AppSettings.parse({ ...this.#read.settings, ...patch });
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const beside = `${this.#path}.new`;
    writeFileSync(beside, writeSettingsFile(settings, this.#read.unknown), { mode: 0o600, flush: true });
    renameSync(beside, this.#path);
    this.#read = { ...this.#read, settings, problems: [] };
    return settings;
  }
}

/** Undefined when there is no such file; a file that cannot be read is a fault to be seen. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
