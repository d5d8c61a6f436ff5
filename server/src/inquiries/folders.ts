import { type Folders, type InquiryAnswer, parseDirectory } from '@agentfleet/contract';
import { ApiError } from '../errors.js';

const codes = {
  not_allowed: 'FOLDER_NOT_ALLOWED',
  not_found: 'FOLDER_NOT_FOUND',
  unreadable: 'FOLDER_UNREADABLE',
} as const;

/** What a runner said of its folders, as people are told it. Throws what it refused with. */
export function presentFolders(answer: InquiryAnswer): Folders {
  if (answer.kind === 'refused') throw new ApiError(codes[answer.code], answer.message);
  const { path, parent, folders, truncated } = answer;
  const data = folders.map(({ name, isRepository }) => ({ path: pathOf(path, name), name, isRepository }));
  return { path, parent, data, truncated };
}

/** A folder of the allowlist is named by its whole path. */
function pathOf(folder: string | null, name: string): string {
  if (folder === null) return name;
  const separator = parseDirectory(folder)?.style === 'windows' ? '\\' : '/';
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}
