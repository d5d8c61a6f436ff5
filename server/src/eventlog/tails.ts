import type { Event, RunStatus } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { notFound } from '../errors.js';
import { together } from '../together.js';
import { readTails, type TailRow } from './sql/read-events.js';

/** How logs are read: so many in one statement, and the most that it brings of each. Together they bound what is held. */
interface Lane {
  mostTogether: number;
  pageEvents: number;
  pageBytes: number;
}

/** For those who have seen all there was, and those who have just come: what is new is little. */
const live: Lane = { mostTogether: 32, pageEvents: 100, pageBytes: 64 * 1024 };
/** For those who are behind. */
const catchingUp: Lane = { mostTogether: 4, pageEvents: 500, pageBytes: 256 * 1024 };

/** Where a viewer is in a log. */
interface Place {
  orgId: string;
  runId: string;
  after: number;
}

/** @param behind whether the page before left something: then it is read apart from those who wait for what is new */
export type ReadTail = (place: Place, behind: boolean) => Promise<TailPage>;

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
 * read. Who is far behind has a queue, statements and, with PostgreSQL, connections apart: a fat log that somebody reads from
 * its beginning delays nobody who waits for what is new. A place that the org does not have throws NOT_FOUND.
 */
export function createTails(database: Database): ReadTail {
  const readLive = laneOf(database, live);
  const readBehind = laneOf(database, catchingUp);
  return async (place, behind) => {
    const page = await (behind ? readBehind(place) : readLive(place));
    if (!page) throw notFound('run');
    return page;
  };
}

function laneOf(database: Database, lane: Lane): (place: Place) => Promise<TailPage | undefined> {
  /** What will be read: who is at the same place shares it, until the reading begins. */
  const asked = new Map<string, Promise<TailPage | undefined>>();
  const read = together<Place, TailPage | undefined>(
    { most: lane.mostTogether, partyOf: ({ orgId }) => orgId },
    async (places) => {
      for (const place of places) asked.delete(keyOf(place));
      const pages = await readSome(database, places, lane);
      return places.map((_place, index) => pages.get(index));
    },
  );
  return (place) => {
    const key = keyOf(place);
    const reading = asked.get(key) ?? read(place);
    asked.set(key, reading);
    return reading;
  };
}

const keyOf = ({ orgId, runId, after }: Place) => `${orgId} ${runId} ${after}`;

async function readSome(
  database: Database,
  places: Place[],
  { pageEvents, pageBytes }: Lane,
): Promise<Map<number, TailPage>> {
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
