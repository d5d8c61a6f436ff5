import { setTimeout } from 'node:timers/promises';
import { changesOfOwn } from '../../auth/windows.js';
import type { Journal, Place } from '../../changes/journal.js';
import { Bell } from '../../db/bell.js';
import { callerOf, orgOf } from '../../http/caller-of.js';
import { noteEnded, openEventStream } from '../../http/event-stream.js';
import type { Handlers, Request } from '../handler.js';

/** Least time between two messages, ms: what changes meanwhile comes in the second. */
const paceMs = 500;
const idleMs = 3_600_000;

export const streamHandlers: Pick<Handlers, 'streamChanges'> = { streamChanges };

/**
 * What changes in the caller's org, as server-sent events. The next message is made when the viewer has taken the one
 * before, of what changed since: a slow viewer holds one in memory, and is told each thing once.
 */
async function streamChanges({ context, options, query }: Request<'streamChanges'>): Promise<undefined> {
  const orgId = orgOf(context);
  const { onlyRunner } = callerOf(context);
  const { changes } = options.database;
  const journal = changes.of(orgId);
  const began = performance.now();
  // Before runners are looked at, so that nothing slips between.
  const known = placeOf(journal, context.get('Last-Event-ID'), began - query.past);
  const stream = openEventStream(context, options);
  if (!stream) return;
  const { signal } = stream;
  const bell = new Bell(signal);
  const ring = () => bell.ring();
  journal.readers.add(ring);
  try {
    await options.runnerWatch.begin(orgId);
    const send = (place: Place, event: string, data: object) =>
      stream.send(`id: ${journal.name}-${place}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    let place = known ?? journal.last;
    send(place, 'open', {});
    if (known === undefined) send(place, 'everything', {});
    while (!signal.aborted) {
      const news = journal.after(place);
      if (!news) {
        await bell.wait(idleMs);
        continue;
      }
      place = news.place;
      if (news.changes) {
        const told = onlyRunner
          ? await changesOfOwn(options.database, onlyRunner, news.changes)
          : news.changes;
        if (told) send(place, 'changed', told);
      } else send(place, 'everything', {});
      await stream.taken();
      await setTimeout(paceMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) noteEnded(context, options, error);
  } finally {
    journal.readers.delete(ring);
    bell.close();
    stream.end();
  }
}

/** Where a caller goes on; undefined: what he missed is not known. */
function placeOf(journal: Journal, lastEventId: string, readSince: number): Place | undefined {
  if (lastEventId === '') return journal.placeAt(readSince);
  const [name, place = ''] = lastEventId.split('-');
  const isKnown = name === journal.name && /^\d{1,15}$/.test(place) && Number(place) <= journal.last;
  return isKnown ? Number(place) : undefined;
}
