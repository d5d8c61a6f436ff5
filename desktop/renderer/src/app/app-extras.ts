import type { LucideIcon } from 'lucide-react';
import { type ComponentType, createContext, useContext } from 'react';
import type { Command } from '../palette/commands.js';

/** A screen of the settings that one way of running the dashboard adds to the others, e.g. the app's own for its computer. */
export interface AppScreen {
  /** e.g. `/computer`; nothing of ours is below it. */
  path: string;
  /** In the settings and the command palette. */
  name: string;
  icon: LucideIcon;
  screen: ComponentType;
}

/** What the app adds to the dashboard. */
export interface AppExtras {
  screens: readonly AppScreen[];
  /** In the palette. */
  commands: readonly Command[];
  /** Those of them that stand in the account menu too. */
  inMenu: readonly Command[];
}

const none: AppExtras = { screens: [], commands: [], inMenu: [] };
const Extras = createContext(none);

export const AppExtrasProvider = Extras.Provider;

/** Nothing in a browser. */
export const useAppExtras = (): AppExtras => useContext(Extras);
