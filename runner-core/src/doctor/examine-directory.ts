import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import type { Allowlist } from '../allowlist/allowlist.js';
import { broken, brokenAs, type Finding, fine } from './finding.js';

/** What the allowlist of the runner says of a directory that its user allows, and what the disk says besides. */
export async function examineDirectory(allowlist: Allowlist, directory: string): Promise<Finding> {
  const verdict = await allowlist.check(directory);
  if (!verdict.ok)
    return (await whyNot(directory)) ?? brokenAs(verdict.failure.message, 'Correct ALLOWED_DIRS.');
  const { realPath } = verdict;
  const place = realPath === directory ? directory : `${directory}, which is really ${realPath},`;
  return access(realPath, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => fine(`${place} can be read and written`),
    () =>
      broken(
        `${place} cannot be read and written by this user`,
        'Give this user the right, or run as its owner.',
      ),
  );
}

/** What is wrong with what stands there; undefined where it is a directory. */
async function whyNot(directory: string): Promise<Finding | undefined> {
  try {
    if ((await stat(directory)).isDirectory()) return undefined;
    return broken(`${directory} is not a directory`, 'Correct ALLOWED_DIRS.');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      return broken(
        `${directory} cannot be looked at by this user`,
        'Give this user the right to the folders above it.',
      );
    const isLink = await lstat(directory).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    if (isLink)
      return broken(`${directory} is a link that leads nowhere`, 'Mend the link, or correct ALLOWED_DIRS.');
    return broken(`${directory} does not exist`, 'Create it, or correct ALLOWED_DIRS.');
  }
}
