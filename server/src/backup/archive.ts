import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { create, extract, list, type ReadEntry } from 'tar';

/** Most bytes of the entry that is read as text. */
const mostTextBytes = 1_048_576;
/** Bytes of a file that are read at a time; the library would take 16 MB, and keep them. */
const maxReadSize = 256 * 1024;

/** The files of a directory, which do not change meanwhile, as a compressed tar that begins with the one of that name. */
export function packed(directory: string, first: string): Readable {
  const others = readdirSync(directory).filter((name) => name !== first);
  const gzip = { level: 3, chunkSize: 256 * 1024 };
  return Readable.from(
    create({ cwd: directory, gzip, portable: true, strict: true, maxReadSize }, [first, ...others]),
    {
      objectMode: false,
    },
  );
}

const isPlain = ({ type }: ReadEntry) => type === 'File' || type === 'Directory';

/**
 * Reads a compressed tar to its end.
 * @returns the text of the entry of that name, which is empty where there is none. Throws on what is not whole, or holds more than files and directories.
 */
export async function textIn(file: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let stranger: string | undefined;
  const onReadEntry = (entry: ReadEntry) => {
    if (!isPlain(entry)) stranger ??= entry.path;
    if (entry.path === name && entry.size <= mostTextBytes) entry.on('data', (chunk) => chunks.push(chunk));
    else entry.resume();
  };
  await list({ file, strict: true, maxReadSize, onReadEntry });
  if (stranger !== undefined) throw new Error(`${stranger} is neither a file nor a directory`);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Writes what a compressed tar holds, but for the entry of that name, below a directory that exists, for its user alone. Nothing else is done
 * meanwhile: file by file, through Node's threads, the same takes five times as long.
 */
export function unpack(file: string, without: string, directory: string): void {
  const filter = (path: string) => path !== without;
  const own = { preserveOwner: false, umask: 0o077 };
  extract({ sync: true, file, cwd: directory, strict: true, maxReadSize, ...own, filter });
}
