import { createContext } from 'react';

/** Whether the run that a line belongs to goes on: what has no end yet runs then, and else was left. */
export const GoesOnContext = createContext(true);

/** What is looked for in a line, and was found: it is shown however far down; empty where that is nothing. */
export const LookedForContext = createContext('');
