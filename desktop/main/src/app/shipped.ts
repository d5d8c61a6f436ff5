import { join } from 'node:path';

/** Absolute path of something that ships with the app. The bundle lies one folder below the app's own. */
export function shipped(...segments: string[]): string {
  return join(__dirname, '..', ...segments);
}
