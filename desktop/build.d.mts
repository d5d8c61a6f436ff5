import type { Plugin } from 'esbuild';

export interface BuildAppOptions {
  /** For tests: another place, … */
  outdir?: string;
  /** … changed sources, … */
  plugins?: Plugin[];
  /** … and what an older Electron lacks: modules put before everything else. */
  shims?: string[];
  /** For a package that a debugger drives: it takes every switch. */
  forTests?: boolean;
}

/** Builds the app's main process and its preload script, one CommonJS file each. */
export function buildApp(options?: BuildAppOptions): Promise<void>;
