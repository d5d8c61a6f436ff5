import { EventEmitter } from 'node:events';
import { theHost } from './host.js';

type ProtocolHandler = (request: Request) => Response | Promise<Response>;
type RequestListener = (
  details: { url: string; method: string },
  callback: (answer: { cancel?: boolean }) => void,
) => void;

type PermissionCheck = (contents: null, permission: string) => boolean;
type PermissionRequest = (contents: null, permission: string, callback: (given: boolean) => void) => void;

/** The module `protocol`, as far as it is used before the app is ready. */
export const protocol = {
  registerSchemesAsPrivileged(schemes: { scheme: string }[]): void {
    for (const { scheme } of schemes) theHost().schemes.add(scheme);
  },
};

/** A session: what its pages may load and ask for, and who serves them. */
export class Session extends EventEmitter {
  readonly #handlers = new Map<string, ProtocolHandler>();
  #beforeRequest: RequestListener | undefined;
  #permissionCheck: PermissionCheck | undefined;
  #permissionRequest: PermissionRequest | undefined;

  readonly protocol = {
    handle: (scheme: string, handler: ProtocolHandler): void => {
      this.#handlers.set(scheme, handler);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (listener: RequestListener): void => {
      this.#beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.#permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.#permissionCheck = handler;
  }
  setDevicePermissionHandler(): void {}

  /** Whether a page has a permission: as in Electron, unless the app says otherwise. */
  async gives(permission: string): Promise<boolean> {
    const ask = this.#permissionRequest;
    const given = !ask || (await new Promise<boolean>((resolve) => ask(null, permission, resolve)));
    return given && (this.#permissionCheck?.(null, permission) ?? true);
  }

  /** Whether the app refuses a request. */
  async refuses(url: string, method: string): Promise<boolean> {
    const listener = this.#beforeRequest;
    if (!listener) return false;
    return new Promise((resolve) => listener({ url, method }, ({ cancel }) => resolve(cancel === true)));
  }

  /** What the app itself answers; undefined for a request that goes to the network. */
  async answer(url: string, method: string): Promise<Response | undefined> {
    const handler = this.#handlers.get(new URL(url).protocol.slice(0, -1));
    return handler?.(new Request(url, { method }));
  }
}

const defaultSession = new Session();

export const session = { defaultSession };
