// Run by electron-builder for every system and processor it packs: a package that could not open the keychain is
// never finished.
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { Arch } = require('electron-builder');

/** @param {import('electron-builder').AfterPackContext} context */
module.exports = async function afterPack({ packager, appOutDir, arch, electronPlatformName }) {
  const resources = packager.getResourcesDir(appOutDir);
  const modules = join(resources, 'app.asar.unpacked', 'node_modules', '@napi-rs');
  const wanted = `keyring-${electronPlatformName}-${Arch[arch]}`;
  const there = existsSync(modules) ? readdirSync(modules) : [];
  if (there.some((name) => name.startsWith(wanted))) return;
  throw new Error(
    `The package for ${electronPlatformName} ${Arch[arch]} has no way to the keychain: @napi-rs/${wanted} is not installed. ` +
      `npm installs it on such a machine, or with: npm install --no-save --force @napi-rs/${wanted}@VERSION`,
  );
};
