/**
 * How electron-builder is told to sign for macOS. With a certificate nothing needs to be said. Without one it would not sign at
 * all, and Apple's own processors start nothing that is not signed: then ad hoc. The hardened runtime loads only libraries of the
 * app's own team, and what is signed ad hoc has none: it would not find its own framework.
 * @param {object} machine
 * @param {NodeJS.Platform} machine.platform
 * @param {NodeJS.ProcessEnv} machine.env
 * @param {readonly string[]} machine.args what electron-builder is called with besides
 * @param {(type: 'Developer ID Application' | 'Mac Developer') => Promise<unknown>} machine.findIdentity electron-builder's own look
 *   into the keychain; null where there is none
 * @returns {Promise<string[]>}
 */
export async function signingOptions({ platform, env, args, findIdentity }) {
  const isTold = args.some((arg) => /^-?-c(?:onfig)?\.mac\.identity\b/.test(arg));
  if (platform !== 'darwin' || isTold || env.CSC_LINK || env.CSC_NAME) return [];
  if ((await findIdentity('Developer ID Application')) ?? (await findIdentity('Mac Developer'))) return [];
  return ['--config.mac.identity=-', '--no-config.mac.hardenedRuntime', '--no-config.mac.notarize'];
}
