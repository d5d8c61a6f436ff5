import { randomUUID } from 'node:crypto';
import { pack, unpack } from './pack.js';
import { hostPreload } from './preload-host.js';
import { watchWebviews } from './webviews.js';
import { worldEnd } from './world-end.js';

/** The world of preload scripts, as Chromium names it. */
export const preloadWorld = 'Electron Isolated Context';
/** The function by which a page's preload script tells this process. */
export const sendBinding = '__standInSend';
/** The function by which a page tells that it holds a `<webview>`. */
export const webviewBinding = '__standInWebview';
/** The global of the preload script's world that this process calls. */
export const hostName = '__standInHost';

export interface PageScripts {
  /** Run before anything of the page's own, in its world. */
  main: string;
  /** Run in the world of preload scripts; undefined where the preload script shares the page's. */
  isolated: string | undefined;
}

/** @param preload source of the preload script, a CommonJS module; undefined for a window without one */
export function pageScripts(preload: string | undefined, contextIsolation: boolean): PageScripts {
  if (preload === undefined) return { main: '', isolated: undefined };
  const token = randomUUID();
  const end = (mine: string, theirs: string) => `(${worldEnd})('${token}-${mine}', '${token}-${theirs}')`;
  const host = (endSource: string) => `
    globalThis.${hostName} = (${hostPreload})(
      { end: ${endSource}, send: globalThis.${sendBinding}, pack: ${pack}, unpack: ${unpack} },
      function (require, module, exports) {\n${preload}\n},
    );`;
  // As in Electron, frames inside a page get none.
  const inTopFrame = (source: string) => `if (globalThis === globalThis.top) { ${source} }`;
  return contextIsolation
    ? { main: inTopFrame(end('page', 'preload')), isolated: inTopFrame(host(end('preload', 'page'))) }
    : { main: inTopFrame(host('undefined')), isolated: undefined };
}

/** Run in the page's own world where its preferences allow the element. */
export const webviewScript = `(${watchWebviews})(globalThis.${webviewBinding})`;
