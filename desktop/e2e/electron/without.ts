import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { buildAppFolder, builds } from './lane.js';
import type { probes } from './probes.js';

interface Edit {
  /** End of the path of a source file. */
  file: string;
  /** What stands there, and what shall stand there instead. */
  from: string;
  to: string;
}

const webviewSwitchedOn: Edit = {
  file: 'main/src/windows/page-preferences.ts',
  from: 'webviewTag: false',
  to: 'webviewTag: true',
};

/** How each guard is taken out of the app's sources. */
const edits = {
  'the Content-Security-Policy': [
    {
      file: 'main/src/windows/app-protocol.ts',
      from: `'content-security-policy': contentSecurityPolicy,`,
      to: '',
    },
  ],
  'context isolation': [
    {
      file: 'main/src/windows/page-preferences.ts',
      from: 'contextIsolation: true',
      to: 'contextIsolation: false',
    },
    {
      file: 'preload/preload.ts',
      from: `contextBridge.exposeInMainWorld('agentfleet', bridge)`,
      to: 'Object.assign(globalThis, { agentfleet: bridge })',
    },
  ],
  'the check of the sender': [
    { file: 'main/src/ipc/serve.ts', from: '!isTrustedSender(event.senderFrame)', to: 'false' },
  ],
  'the navigation guard': [
    { file: 'main/src/windows/guards.ts', from: 'if (isOurPage(url)) return;', to: 'return;' },
  ],
  'the window guard': [
    { file: 'main/src/windows/guards.ts', from: `{ action: 'deny' }`, to: `{ action: 'allow' }` },
  ],
  'the guard against <webview>': [
    webviewSwitchedOn,
    {
      file: 'main/src/windows/guards.ts',
      from: `contents.on('will-attach-webview',`,
      to: `contents.on('-',`,
    },
  ],
  'the permission guard': [
    {
      file: 'main/src/windows/guards.ts',
      from: 'callback(permitted.has(permission)),',
      to: 'callback(permission !== null),',
    },
    {
      file: 'main/src/windows/guards.ts',
      from: '=> permitted.has(permission));',
      to: '=> permission !== null);',
    },
  ],
} satisfies Partial<Record<keyof typeof probes, Edit[]>>;

export type Guard = keyof typeof edits;
export const guards = Object.keys(edits) as Guard[];

/** What has another guard behind it, which has to hold alone. */
const outerEdits = { 'the switch of <webview>': [webviewSwitchedOn] };
type Cut = Guard | keyof typeof outerEdits;

/**
 * Builds the app without one of its guards. @returns its folder. Throws when the sources no longer have it there.
 * @param shims what the build needs beside its code
 */
export async function appWithout(cut: Cut, shims: string[]): Promise<string> {
  const wanted: Edit[] = { ...edits, ...outerEdits }[cut];
  const made = new Set<Edit>();
  const edit: Plugin = {
    name: 'without',
    setup(build) {
      build.onLoad({ filter: /desktop[\\/](main|preload)[\\/].*\.ts$/ }, ({ path }) => {
        const mine = wanted.filter(({ file }) => path.replaceAll('\\', '/').endsWith(file));
        if (mine.length === 0) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const each of mine) {
          if (contents.includes(each.from)) made.add(each);
          contents = contents.replace(each.from, each.to);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  const folder = join(builds, `without-${cut.replaceAll(/[^A-Za-z]+/g, '-')}`);
  await buildAppFolder(folder, { plugins: [edit], shims });
  if (made.size !== wanted.length) throw new Error(`The sources no longer hold ${cut} where it was`);
  return folder;
}
