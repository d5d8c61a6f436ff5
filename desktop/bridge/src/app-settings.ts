import { Cwd, PermissionMode } from '@agentfleet/contract';
import * as z from 'zod';

/** Origin of a control API: http or https, nothing but scheme, host, port and path; without a trailing slash. */
export const ServerUrl = z
  .string()
  .trim()
  .max(2_000)
  .refine(isServerUrl, { error: 'must be an address such as https://your-host, without a name or password' })
  .transform((text) => new URL(text).href.replace(/\/+$/, ''));

function isServerUrl(text: string): boolean {
  try {
    const { protocol, username, password, search, hash } = new URL(text);
    return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
  } catch {
    return false;
  }
}

export const Theme = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof Theme>;

/** Keys that open *New session* from anywhere, as Electron writes them, e.g. `CommandOrControl+Shift+Space`. */
export const Accelerator = z
  .string()
  .regex(
    /^(?:(?:CommandOrControl|Command|Control|Alt|Shift|Super)\+){1,4}(?:[A-Z0-9]|F\d{1,2}|Space|Enter|Up|Down|Left|Right|[,./;'[\]\\`=-])$/,
    { error: 'must be one or more of Ctrl, Alt, Shift, Super and a key' },
  )
  .refine(isNobodyElses, {
    error: 'must not be what is typed or what every program has: two of Ctrl, Alt, Shift, Super and a key',
  });

/** Keys that open it are taken from every other program: not `Shift+A`, nor `Control+C`, nor an `@` that Alt makes. */
function isNobodyElses(accelerator: string): boolean {
  const held = accelerator.split('+').slice(0, -1);
  const key = accelerator.split('+').at(-1) ?? '';
  if (new Set(held).size !== held.length) return false;
  if (held.length > 1 || held[0] === 'Super') return true;
  return held[0] !== 'Shift' && /^(?:Space|F\d{1,2})$/.test(key);
}

/** So many servers are remembered. */
export const mostServers = 10;

/** What the app remembers. The API key is not among it: that lives in the keychain. */
export const AppSettings = z.strictObject({
  /** Empty until it was given. */
  server: z.union([z.literal(''), ServerUrl]),
  /** Those it was connected to, the newest first: each has its key in the keychain. No page changes them. */
  servers: z.array(ServerUrl).max(mostServers),
  /** Directories sessions may work in, in the user's order. */
  directories: z
    .array(Cwd)
    .max(200)
    .transform((directories) => [...new Set(directories)]),
  /** How people see this runner. */
  name: z.string().trim().min(1).max(100),
  maxConcurrentRuns: z.int().min(1).max(256),
  permissionModes: z.array(PermissionMode).min(1),
  /** Let people be asked for the tools that the permission mode does not grant; else they are denied at once. */
  approvals: z.boolean(),
  /** The `claude` to run; empty is the one in PATH. */
  claudePath: z.string().max(4_096),
  openAtLogin: z.boolean(),
  /** Keep the machine awake while sessions run. */
  keepAwake: z.boolean(),
  notifyFinished: z.boolean(),
  notifyFailed: z.boolean(),
  notifyWaiting: z.boolean(),
  theme: Theme,
  /** Empty is none. */
  quickLaunch: z.union([z.literal(''), Accelerator]),
  /** Look for updates by itself. */
  updates: z.boolean(),
});
export type AppSettings = z.infer<typeof AppSettings>;

/** The settings a screen may change in one step. */
export const AppSettingsPatch = AppSettings.partial();
export type AppSettingsPatch = z.infer<typeof AppSettingsPatch>;

/** What a person typed as the address of a server, e.g. `localhost:7373`: the main process finds out what it means. */
export const TypedServer = z.string().trim().max(2_000);

/** What a screen wants changed, all of it or nothing. */
export const SettingsDraft = AppSettingsPatch.omit({ servers: true }).extend({
  server: TypedServer.optional(),
});
export type SettingsDraft = z.infer<typeof SettingsDraft>;

/** @param hostname what the runner is called until somebody names it */
export function defaultSettings(hostname: string): AppSettings {
  return {
    server: '',
    servers: [],
    directories: [],
    name: hostname.trim().slice(0, 100) || 'this computer',
    maxConcurrentRuns: 4,
    permissionModes: PermissionMode.options.filter((mode) => mode !== 'bypassPermissions'),
    approvals: true,
    claudePath: '',
    openAtLogin: false,
    keepAwake: true,
    notifyFinished: true,
    notifyFailed: true,
    notifyWaiting: true,
    theme: 'system',
    quickLaunch: '',
    updates: true,
  };
}
