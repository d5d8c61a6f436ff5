// Packs the app into a folder, for tests. `node desktop/packaging/pack.mjs [FOLDER [as-shipped]]` packs it with the
// Electron of ELECTRON_PATH so that Playwright can drive it, or as people have it, and prints its executable.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, Platform } from 'electron-builder';
import { parse } from 'yaml';
import { buildApp } from '../build.mjs';

/** @typedef {import('electron-builder').Configuration} Configuration */

/** The app's own folder. */
export const desktop = join(import.meta.dirname, '..');

/**
 * `electron-builder.yml` as it is read, without what only electron-builder fills in.
 * @returns {Configuration}
 */
export function packagingConfig() {
  return parse(readFileSync(join(desktop, '../electron-builder.yml'), 'utf8'));
}

/**
 * Packs the app into a folder as `npm run package:dir` does on Linux.
 * @param {object} options
 * @param {string} options.electronDist a folder with an unpacked Electron
 * @param {string} options.output where the packed app comes to lie, in a folder of its own
 * @param {(config: Configuration) => Configuration} [options.adjust] changes for the tests' own needs
 * @returns {Promise<string>} the folder of the packed app
 */
export async function pack({ electronDist, output, adjust = (config) => config }) {
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

/** What marks the place of the fuses in every Electron, and how many there are. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 8;

/**
 * A folder that electron-builder takes for an unpacked Electron: an executable with all fuses as Electron delivers
 * them, and nothing that runs. Enough to see what is packed and which fuses are blown.
 * @param {string} folder
 */
export function hollowElectron(folder) {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const wire = Buffer.from([1, fuseCount, ...Buffer.from('10110101')]);
  const executable = join(folder, 'electron');
  writeFileSync(executable, Buffer.concat([Buffer.from(`hollow ${sentinel}`), wire, Buffer.from(' end')]));
  chmodSync(executable, 0o755);
  return folder;
}

/**
 * Packs the app with a real Electron. One too old for the app's code gets a build that it understands, and none of the
 * fuses it has not got.
 * @param {object} options
 * @param {string} options.executable of an unpacked Electron, for Linux
 * @param {string} options.folder where everything is made
 * @param {boolean} options.forTests so that Playwright can drive it: the fuse that lets a debugger in stays, and so do
 *   all switches; without, it is what people have
 * @returns {Promise<string>} the packed app's executable
 */
export async function packWith({ executable, folder, forTests }) {
  const electronDist = join(folder, 'electron');
  const ownApp = join('resources', 'app');
  cpSync(dirname(executable), electronDist, {
    recursive: true,
    filter: (path) => !path.endsWith(ownApp),
  });
  cpSync(executable, join(electronDist, 'electron'));
  const isOld = nodeVersionOf(executable) < 20;
  const dist = join(folder, 'dist');
  await buildApp({ outdir: dist, forTests, shims: isOld ? [join(desktop, 'e2e/node18-shims.ts')] : [] });
  const packed = await pack({
    electronDist,
    output: join(folder, 'packed'),
    adjust: (config) => {
      const { grantFileProtocolExtraPrivileges, ...fuses } = config.electronFuses ?? {};
      const named = [config.files ?? []].flat();
      return {
        ...config,
        electronFuses: {
          ...fuses,
          ...(!isOld && { grantFileProtocolExtraPrivileges }),
          ...(forTests && { enableNodeCliInspectArguments: true }),
        },
        files: [
          ...named.filter((file) => typeof file !== 'string' || !file.startsWith('dist/')),
          { from: dist, to: 'dist', filter: ['main.cjs', 'preload.cjs', 'licenses.md'] },
        ],
      };
    },
  });
  return join(packed, String(packagingConfig().linux?.executableName));
}

/** @param {string} executable */
function nodeVersionOf(executable) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const version = execFileSync(executable, ['-p', 'process.versions.node'], { env, encoding: 'utf8' });
  return Number.parseInt(version, 10);
}

if (process.argv[1] === import.meta.filename) {
  const electron = process.env.ELECTRON_PATH;
  if (!electron) throw new Error('Set ELECTRON_PATH to the executable of an Electron.');
  const [folder = mkdtempSync(join(tmpdir(), 'agentfleet-packed-')), kind] = process.argv.slice(2);
  rmSync(folder, { recursive: true, force: true });
  // What electron-builder says goes where it disturbs nobody who reads the path; it writes to the stream itself.
  const say = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  say(`${await packWith({ executable: electron, folder, forTests: kind !== 'as-shipped' })}\n`);
}
