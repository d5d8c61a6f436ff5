import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Stands in for the module `keytar`: the keychain of a machine that has none is a file outside of everything the app
 * writes, or, where none is named, it refuses. What a file beside it says, it says to whatever it is asked, as one that is
 * locked does.
 */
export default keychain(process.env.AGENTFLEET_STAND_IN_KEYCHAIN);

function keychain(file: string | undefined) {
  const place = () => {
    if (file === undefined)
      throw new Error('The name org.freedesktop.secrets was not provided by any .service files');
    const refusal = `${file}.says`;
    if (existsSync(refusal)) throw new Error(readFileSync(refusal, 'utf8'));
    return file;
  };
  const read = (): Record<string, string> =>
    existsSync(place()) ? (JSON.parse(readFileSync(place(), 'utf8')) as Record<string, string>) : {};
  const write = (items: Record<string, string>) =>
    writeFileSync(place(), JSON.stringify(items), { mode: 0o600 });
  const name = (service: string, account: string) => `${service} ${account}`;
  return {
    getPassword: async (service: string, account: string) => read()[name(service, account)] ?? null,
    async setPassword(service: string, account: string, password: string) {
      write({ ...read(), [name(service, account)]: password });
    },
    async deletePassword(service: string, account: string) {
      const { [name(service, account)]: found, ...rest } = read();
      write(rest);
      return found !== undefined;
    },
  };
}
