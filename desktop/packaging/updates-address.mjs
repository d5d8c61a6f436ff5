/**
 * How electron-builder is told where updates lie. Without an address the package has no update file, and the app
 * offers no updates.
 * @param {string | undefined} address
 * @returns {{ ok: true, options: string[], says: string } | { ok: false, problem: string }}
 */
export function updatesOptions(address) {
  const text = address?.trim();
  if (!text) {
    const says = 'AGENTFLEET_UPDATES_URL is not set: this build will not look for updates.';
    return { ok: true, options: [], says };
  }
  const isSafe = URL.canParse(text) && new URL(text).protocol === 'https:' && !new URL(text).username;
  if (!isSafe) {
    const problem = `AGENTFLEET_UPDATES_URL must be an https address without a name in it, not ${text}`;
    return { ok: false, problem };
  }
  const { href } = new URL(text);
  return {
    ok: true,
    options: ['--config.publish.provider=generic', `--config.publish.url=${href}`],
    says: `This build will take its updates from ${href}`,
  };
}
