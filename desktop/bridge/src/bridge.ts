/** What the preload script puts on `window.agentfleet`: two functions, and no way to anything of Electron's. */
export interface Bridge {
  /** Resolves a `Reply`. */
  ask(command: string, input: unknown): Promise<unknown>;
  /** Calls the listener with every `Telling`. @returns unsubscribe */
  listen(listener: (telling: unknown) => void): () => void;
}
