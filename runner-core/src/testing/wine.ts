import { existsSync } from 'node:fs';

/** Wine in the place of Windows: the lane of Windows runs there. */
const isWine = process.platform === 'win32' && existsSync('C:\\windows\\system32\\winecfg.exe');

/** Links to directories cannot be made in Wine. */
export const hasJunctions = !isWine;

/** Two may listen on one pipe in Wine, where Windows lets the first alone. */
export const pipesAreForOne = !isWine;
