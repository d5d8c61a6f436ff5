import type { Event, Run } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import type { Item } from '../conversation/items.js';
import type { SessionLog } from '../conversation/session-log.js';
import { Modal } from '../ui/modal.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { copyText } from './clipboard.js';
import { Code } from './highlight/code.js';
import { LongText } from './long-text.js';

interface Props {
  log: SessionLog;
  onClose: () => void;
}

/** The events behind one line, as they are stored. */
export function RawItem({ log, item, onClose }: Props & { item: Item }) {
  const seqs = item.type === 'tool' && item.result ? [item.seq, item.result.seq] : [item.seq];
  const unique = [...new Set(seqs)];
  const events = useQuery({
    queryKey: ['raw', item.key, ...unique],
    queryFn: () => log.rawEvents(unique),
  });
  const title = unique.length === 1 ? `Event ${unique[0]}` : `Events ${unique.join(' and ')}`;
  return (
    <Modal title={title} onClose={onClose} wide>
      <Shown events={events.data} error={events.error} />
    </Modal>
  );
}

/** The whole log as it is stored, a page at a time; and all of it as a file. */
export function RawLog({ log, run, onClose }: Props & { run: Run }) {
  const transport = useTransport();
  const [after, setAfter] = useState(0);
  const page = useQuery({ queryKey: ['raw log', run.id, after], queryFn: () => log.rawPage(after) });
  const [share, setShare] = useState<number>();
  const [failure, setFailure] = useState<unknown>();
  const last = page.data?.at(-1)?.seq ?? after;
  const save = async () => {
    try {
      const lines: string[] = [];
      for (let from = 0; ; ) {
        const events = await log.rawPage(from);
        if (events.length === 0) break;
        for (const event of events) lines.push(JSON.stringify(event));
        from = events.at(-1)?.seq ?? from;
        setShare(from / Math.max(from, log.conversation.lastSeq));
      }
      await transport.saveFile(`session-${run.id}.jsonl`, 'application/x-ndjson', `${lines.join('\n')}\n`);
    } catch (error) {
      setFailure(error);
    }
    setShare(undefined);
  };
  return (
    <Modal
      title="Raw log"
      detail={last > after ? `Events ${after + 1} to ${last} of ${log.conversation.lastSeq}` : undefined}
      onClose={onClose}
      wide
    >
      <Shown events={page.data} error={failure ?? page.error} />
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" disabled={after === 0} onClick={() => setAfter(0)}>
          First
        </button>
        <button
          type="button"
          className="button"
          disabled={last >= log.conversation.lastSeq}
          onClick={() => setAfter(last)}
        >
          Next
        </button>
        <button type="button" className="button ml-auto" disabled={share !== undefined} onClick={save}>
          {share === undefined ? 'Download all (JSON lines)' : `Reading… ${Math.round(share * 100)} %`}
        </button>
      </div>
    </Modal>
  );
}

function Shown({ events, error }: { events: Event[] | undefined; error: unknown }) {
  if (!events) return error ? <ErrorNote error={error} /> : <Skeleton lines={6} />;
  const text = events.map((event) => JSON.stringify(event, null, 2)).join('\n');
  if (text === '') return <p className="text-soft">There are no events.</p>;
  return (
    <>
      <ErrorNote error={error} />
      <div className="flex min-h-0 flex-col overflow-hidden rounded-md bg-sunken">
        <LongText text={text} draw={(shown) => <Code text={shown} language="json" />} />
      </div>
      <button type="button" className="button self-start" onClick={() => void copyText(text)}>
        Copy
      </button>
    </>
  );
}
