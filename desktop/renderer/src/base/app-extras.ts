import type { Platform } from '@agentfleet/contract';
import type { LucideIcon } from 'lucide-react';
import { type ComponentType, createContext, useContext } from 'react';
import type { Command } from './command.js';

/** A screen of the settings that one way of running the dashboard adds to the others, e.g. the app's own for its computer. */
export interface AppScreen {
  /** e.g. `/computer`; nothing of ours is below it. */
  path: string;
  /** In the settings and the command palette. */
  name: string;
  icon: LucideIcon;
  screen: ComponentType;
}

/** With what a folder or a file is opened. */
export type OpenHow = 'terminal' | 'editor' | 'reveal';

/** The computer that the dashboard itself is on. */
export interface ThisComputer {
  /** Of its runner; null while it has none. */
  runnerId: string | null;
  /** Folders sessions may work in. */
  directories: string[];
  platform: Platform;
  open: (path: string, how: OpenHow) => void;
  /** The system's own dialog. Null when it was dismissed. */
  pickFolder: () => Promise<string | null>;
  /** Adds a folder to those sessions may work in. */
  allowFolder: (path: string) => Promise<unknown>;
}

/** What the app adds to the dashboard. */
export interface AppExtras {
  screens: readonly AppScreen[];
  /** In the palette. */
  commands: readonly Command[];
  /** Those of them that stand in the account menu too. */
  inMenu: readonly Command[];
  computer: ThisComputer | null;
}

const none: AppExtras = { screens: [], commands: [], inMenu: [], computer: null };
const Extras = createContext(none);

export const AppExtrasProvider = Extras.Provider;

/** Nothing in a browser. */
export const useAppExtras = (): AppExtras => useContext(Extras);

/** The computer that the dashboard is on, if a session ran there. @param runnerId of the session */
export function useComputerOf(runnerId: string | null): ThisComputer | null {
  const { computer } = useAppExtras();
  return computer && runnerId !== null && computer.runnerId === runnerId ? computer : null;
}
