import { launchdLines } from './launchd.js';
import type { Machine } from './machine.js';
import { systemdLines } from './systemd.js';
import { bashLines, powerShellLines } from './terminal.js';
import { windowsServiceLines } from './windows-service.js';

export type Way = 'bash' | 'powershell' | 'systemd' | 'launchd' | 'windows';

interface WayFacts {
  name: string;
  /** When to take it. */
  sentence: string;
  lines: (machine: Machine) => string;
  /** What sessions may work in, until somebody says. */
  directory: string;
}

/** The ways to start a runner. */
export const ways: Record<Way, WayFacts> = {
  bash: {
    name: 'macOS / Linux',
    sentence: 'In a terminal, for as long as it is open. The first Ctrl+C lets running sessions finish.',
    lines: bashLines,
    directory: '~/code',
  },
  powershell: {
    name: 'PowerShell',
    sentence:
      'In a PowerShell window, for as long as it is open. The first Ctrl+C lets running sessions finish.',
    lines: powerShellLines,
    directory: 'C:\\Users\\you\\code',
  },
  systemd: {
    name: 'systemd',
    sentence: 'As a service of your user on Linux: it starts with the machine and comes back after a fault.',
    lines: systemdLines,
    directory: '~/code',
  },
  launchd: {
    name: 'launchd',
    sentence: 'As an agent of your user on macOS: it starts when you log in and comes back after a fault.',
    lines: launchdLines,
    directory: '~/code',
  },
  windows: {
    name: 'Windows service',
    sentence:
      'In a PowerShell window run as administrator. It starts with the machine, as you: Claude Code is logged in as you.',
    lines: windowsServiceLines,
    directory: 'C:\\Users\\you\\code',
  },
};
