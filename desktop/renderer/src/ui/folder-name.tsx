import { withHiddenSpelled } from '@agentfleet/contract';
import { shortDirectory } from './format.js';
import { Seen } from './seen.js';

/** The last two folders of a path on one line. Where there is no room for both the last one stays whole longest: it tells most. */
export function FolderName({ path }: { path: string }) {
  const short = shortDirectory(path);
  const end = Math.max(short.lastIndexOf('/'), short.lastIndexOf('\\'));
  return (
    <bdi dir="ltr" className="flex min-w-0 whitespace-pre" title={withHiddenSpelled(path)}>
      {end > 0 && (
        <span className="shrink-[1000] truncate">
          <Seen text={short.slice(0, end)} />
        </span>
      )}
      <span className="truncate">
        <Seen text={end > 0 ? short.slice(end) : short} />
      </span>
    </bdi>
  );
}
