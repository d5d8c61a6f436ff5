import { readFileSync, realpathSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppSettings, type AppSettingsPatch } from '@agentfleet/bridge';
import { diskWords, writeWhole } from '@agentfleet/runner-core';
import { isDamaged, type ReadSettings, readSettingsFile, writeSettingsFile } from './read-settings.js';

/** The settings file: read once, written whole, so that a crash leaves either the old or the new one. */
export class SettingsStore {
  readonly #path: string;
  #read: ReadSettings;

  constructor(path: string, hostname: string) {
    this.#path = behindLink(path);
    this.#read = { ...readSettingsFile(undefined, hostname), ...readFrom(this.#path, hostname) };
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
    try {
      writeWhole(this.#path, writeSettingsFile(settings, this.#read.unknown));
    } catch (error) {
      throw new Error(`${diskWords(error as Error, dirname(this.#path))} Nothing was changed.`);
    }
    this.#read = { ...this.#read, settings, problems: [] };
    return settings;
  }
}

/** Where a link leads: people keep such files elsewhere, and writing in its place would leave theirs behind. */
function behindLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Never throws: the app opens whatever state the file is in. A damaged one is put aside, not overwritten. */
function readFrom(path: string, hostname: string): Partial<ReadSettings> {
  try {
    const text = readFileSync(path, 'utf8');
    if (isDamaged(text)) renameSync(path, `${path}.damaged`);
    return readSettingsFile(text, hostname);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    return { problems: [`The settings file cannot be read (${message}). The defaults are used.`] };
  }
}
