import type { Event, RunStatus } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { notFound } from '../errors.js';
import { together } from '../together.js';
import { readTails, type TailRow } from './sql/read-events.js';

/** Logs read by one statement, and the most that one of them brings: together they bound what is held at once. */
const mostTogether = 32;
const pageEvents = 500;
const pageBytes = 1024 * 1024;

/** Where a viewer is in a log. */
interface Place {
  orgId: string;
  runId: string;
  after: number;
}

export interface TailPage {
  /** Of the run, at the moment when the events were read. */
  status: RunStatus;
  /** Of the whole log at that moment. */
  lastSeq: number;
  /** The next ones, oldest first; everybody at the same place gets the same array. */
  events: readonly Event[];
}

/**
 * Reads the next page of a log for everybody who is at the same place at once: a thousand viewers of a run cost one
 * read. A place that the org does not have throws NOT_FOUND.
 */
export function createTails(database: Database): (place: Place) => Promise<TailPage> {
  const read = together<Place, TailPage | undefined>({ most: 1_000 }, async (places) => {
    const pages = new Map<string, TailPage>();
    const asked = [...new Map(places.map((place) => [keyOf(place), place])).values()];
    for (let from = 0; from < asked.length; from += mostTogether) {
      const some = asked.slice(from, from + mostTogether);
      for (const [index, page] of await readSome(database, some)) {
        const place = some[index];
        if (place) pages.set(keyOf(place), page);
      }
    }
    return places.map((place) => pages.get(keyOf(place)));
  });
  return async (place) => {
    const page = await read(place);
    if (!page) throw notFound('run');
    return page;
  };
}

const keyOf = ({ orgId, runId, after }: Place) => `${orgId} ${runId} ${after}`;

async function readSome(database: Database, places: Place[]): Promise<Map<number, TailPage>> {
  const rows = await database.query<TailRow>(readTails, [
    places.map(({ runId }) => runId),
    places.map(({ orgId }) => orgId),
    places.map(({ after }) => after),
    pageEvents,
    pageBytes,
  ]);
  const pages = new Map<number, { status: RunStatus; lastSeq: number; events: Event[] }>();
  for (const { place, status, lastSeq, ...event } of rows) {
    const page = pages.get(place - 1) ?? { status, lastSeq, events: [] };
    pages.set(place - 1, page);
    if (event.seq !== null) page.events.push({ ...event, at: event.at.toISOString() });
  }
  return pages;
}
