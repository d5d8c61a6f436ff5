import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Configuration, Platform } from 'electron-builder';
import { parse } from 'yaml';

/** The app's own folder. */
export const desktop = join(import.meta.dirname, '..');

/** `electron-builder.yml` as it is read, without what only electron-builder fills in. */
export function packagingConfig(): Configuration {
  return parse(readFileSync(join(desktop, '../electron-builder.yml'), 'utf8')) as Configuration;
}

export interface PackOptions {
  /** A folder with an unpacked Electron. */
  electronDist: string;
  /** Where the packed app comes to lie, in `linux-unpacked`. */
  output: string;
  /** Changes for the tests' own needs. */
  adjust?: (config: Configuration) => Configuration;
}

/** Packs the app into a folder as `npm run package:dir` does on Linux. @returns the folder of the packed app */
export async function pack({ electronDist, output, adjust = (config) => config }: PackOptions) {
  const config = packagingConfig();
  await build({
    projectDir: desktop,
    publish: 'never',
    targets: Platform.LINUX.createTarget('dir'),
    config: adjust({
      ...config,
      electronDist,
      directories: { ...config.directories, output },
      // The command resolves it from the app's folder, the function from wherever this runs.
      afterPack: join(desktop, String(config.afterPack)),
    }),
  });
  return join(output, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
}

/** What marks the place of the fuses in every Electron. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 8;

/**
 * A folder that electron-builder takes for an unpacked Electron: an executable with all fuses as Electron delivers
 * them, and nothing that runs. Enough to see what is packed and which fuses are blown.
 */
export function hollowElectron(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const wire = Buffer.from([1, fuseCount, ...Buffer.from('10110101')]);
  const executable = join(folder, 'electron');
  writeFileSync(executable, Buffer.concat([Buffer.from(`hollow ${sentinel}`), wire, Buffer.from(' end')]));
  chmodSync(executable, 0o755);
  writeFileSync(join(folder, 'LICENSE'), 'hollow');
  return folder;
}
