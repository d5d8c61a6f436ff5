import type { Wakeups } from '../db/wakeups.js';

/** Wake-ups that reach nobody, as those of a server that the others do not hear. */
export const deaf: Wakeups = {
  hears: false,
  peers: 0,
  wake: () => undefined,
  listen: () => () => undefined,
  say: () => undefined,
  hear: () => () => undefined,
  tell: () => undefined,
  onTold: () => () => undefined,
};
