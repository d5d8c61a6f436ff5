import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';

/** A screen that one way of running the dashboard adds to the others, e.g. the app's own for its computer. */
export interface AppScreen {
  /** e.g. `/computer`; nothing of ours is below it. */
  path: string;
  /** In the navigation and the command palette. */
  name: string;
  /** Stands for the name on narrow screens. */
  icon: LucideIcon;
  screen: ComponentType;
}
