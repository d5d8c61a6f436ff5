import type { Platform } from '@agentfleet/contract';

const words: Record<Platform, string> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** What people call a platform. */
export function platformWord(platform: Platform): string {
  return words[platform];
}
