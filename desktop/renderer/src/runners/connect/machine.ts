/** What the lines are made for. */
export interface Machine {
  /** Address of the control API, e.g. `https://your-host`. */
  url: string;
  /** A key with the scope `runner`; undefined while none was made here: then the lines have a place for it. */
  key: string | undefined;
  name: string;
  /** What its sessions may work in; the runner reads `~` as the home folder. */
  directories: readonly string[];
}

/** Stands for the key where none was made. It is what the documentation shows, and no key. */
export const noKey = 'af_live_...';

/** One line each; text that came with a line break must not become a line of its own. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}
