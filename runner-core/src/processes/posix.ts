import * as linux from './linux.js';
import * as macos from './macos.js';

/** How this machine's processes are listed, wherever it is not Windows. */
export const posix = process.platform === 'linux' ? linux : macos;
