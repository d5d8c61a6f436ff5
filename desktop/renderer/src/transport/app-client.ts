import {
  type AppState,
  type Bridge,
  type CommandName,
  commands,
  type InputOf,
  type OutputOf,
  Reply,
  Telling,
} from '@agentfleet/bridge';

/** The main process refused, or could not do what it was asked; the message is fit to be shown. */
export class AppError extends Error {
  override readonly name = 'AppError';
}

/** The app's main process, as its window sees it: every answer and every telling is checked on arrival. */
export class AppClient {
  readonly #bridge: Bridge;
  readonly #listeners = new Set<(telling: Telling) => void>();
  readonly #stateListeners = new Set<() => void>();
  #state: AppState | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.listen((told) => {
      const telling = Telling.parse(told);
      if (telling.type === 'state') this.#become(telling.state);
      for (const listener of this.#listeners) listener(telling);
    });
  }

  /** Undefined until it was asked for. */
  get state(): AppState | undefined {
    return this.#state;
  }

  /** Rejects with an AppError. */
  async ask<Name extends CommandName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
    const reply = Reply.parse(await this.#bridge.ask(name, input));
    if (!reply.ok) throw new AppError(reply.message);
    const { output } = commands[name];
    // The table pairs each name with its own output; the compiler cannot follow a name that is a parameter.
    const parsed = output.parse(reply.output) as OutputOf<Name>;
    if (output === commands.state.output) this.#become(parsed as AppState);
    return parsed;
  }

  /** @returns unsubscribe */
  listen(listener: (telling: Telling) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when `state` is another one. @returns unsubscribe */
  onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  #become(state: AppState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener();
  }
}
