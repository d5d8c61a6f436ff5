import type { LucideIcon } from 'lucide-react';

/** One line of the palette. */
export interface Command {
  id: string;
  name: string;
  /** Other words it is found by. */
  words?: string;
  /** Beside the name, e.g. a folder. */
  hint?: string;
  keys?: string;
  icon: LucideIcon;
  run: () => void;
}
