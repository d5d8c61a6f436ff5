import type { RegisteredRunner, RegisterRunner } from '@agentfleet/contract';
import { type ControlPlane, ControlPlaneError } from './control-plane/client.js';
import { Credentials } from './credentials.js';
import type { Settings } from './settings.js';

export interface RegistrationOptions {
  server: ControlPlane;
  settings: Pick<Settings, 'runnerDir' | 'url' | 'apiKey'>;
  /** Something a person at the machine should know. */
  say(sentence: string): void;
}

/**
 * Registers this runner as itself: with its own credential, or else it enrols with the API key and is given one. From then
 * on the control plane uses that. A server that knows nothing of credentials gives none: then it is the API key.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  #credentials: Credentials | undefined;
  /** What is used; undefined while it is the API key. */
  #using: string | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Throws ControlPlaneError. */
  async register(body: RegisterRunner, signal: AbortSignal): Promise<RegisteredRunner> {
    this.#credentials ??= new Credentials(this.#options.settings, body.machineId);
    const credentials = this.#credentials;
    const { own } = credentials;
    if (own !== undefined) {
      const registered = await this.#registerWith(own, body, signal);
      if (registered) return registered;
    }
    const { server } = this.#options;
    try {
      const registered = await server.call('registerRunner', {
        body,
        signal,
        enrolment: credentials.secret(),
      });
      if (registered.credential !== undefined) credentials.keep(registered.credential, registered.id);
      this.#use(registered.credential);
      return registered;
    } catch (error) {
      if (!(error instanceof ControlPlaneError) || error.code !== 'RUNNER_ENROLLED') throw error;
      const other = credentials.ofRefusal(error.message);
      const registered = other === undefined ? undefined : await this.#registerWith(other, body, signal);
      if (!registered) throw error;
      return registered;
    }
  }

  /** After a refusal of any request. @returns whether it was the credential that was refused: then it is no longer used */
  refused({ code, isOurs }: ControlPlaneError): boolean {
    if (code !== 'UNAUTHORIZED' || !isOurs || this.#using === undefined) return false;
    this.#credentials?.refuse(this.#using);
    this.#use(undefined);
    this.#options.say(
      'The server does not take this runner’s own credential any more: it was revoked, or the runner was forgotten. It enrols again with the key.',
    );
    return true;
  }

  /** Undefined when the credential is refused. */
  async #registerWith(
    credential: string,
    body: RegisterRunner,
    signal: AbortSignal,
  ): Promise<RegisteredRunner | undefined> {
    this.#use(credential);
    try {
      const registered = await this.#options.server.call('registerRunner', { body, signal });
      this.#credentials?.keep(credential, registered.id);
      return registered;
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error;
      if (this.refused(error)) return undefined;
      // It is another runner's, as after a restore of an older database.
      if (error.code !== 'NOT_FOUND') throw error;
      this.#credentials?.refuse(credential);
      this.#use(undefined);
      return undefined;
    }
  }

  #use(credential: string | undefined): void {
    this.#using = credential;
    this.#options.server.speakAs(credential);
  }
}
