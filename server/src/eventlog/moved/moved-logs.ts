import type { Event, ImageType } from '@agentfleet/contract';
import type { Database } from '../../db/database.js';
import { ApiError, unavailable } from '../../errors.js';
import { type LogStore, StoreFailed, storeUnavailable } from '../../logstore/log-store.js';
import { pageBytes } from '../sql/read-events.js';
import { mostRawBytes, ofTools, type PackedLog, type Place, pageOf, unpack } from './packed-log.js';
import { type MovedLog, movedLog } from './sql.js';

/** Most bytes, as text, of logs that are kept for whoever reads on, and most that are fetched at once. */
const mostKept = 2 * mostRawBytes;
const mostAtOnce = 4;

interface Kept {
  log: Promise<PackedLog>;
  bytes: number;
}

/**
 * Logs that lie in the store, for those who found no row of an ended run. Each answer is the one that the rows would have given;
 * undefined where the log was not moved. Throws UNAVAILABLE while the store does not give it.
 */
export class MovedLogs {
  readonly #database: Pick<Database, 'query'>;
  readonly #store: LogStore | undefined;
  /** By object, the one that was read last at the end. */
  readonly #kept = new Map<string, Kept>();
  #fetching = 0;

  /** @param store undefined where this server was given none: what others moved is UNAVAILABLE then */
  constructor(database: Pick<Database, 'query'>, store: LogStore | undefined) {
    this.#database = database;
    this.#store = store;
  }

  async page(orgId: string, runId: string, place: Place, limit: number): Promise<Event[] | undefined> {
    const log = await this.#find(orgId, runId);
    return log && pageOf(log.events, place, limit, pageBytes);
  }

  /** Those of tools alone. */
  async toolPage(
    orgId: string,
    runId: string,
    tools: readonly string[],
    place: Place,
    limit: number,
  ): Promise<Event[] | undefined> {
    const log = await this.#find(orgId, runId);
    return log && pageOf(ofTools(log.events, tools), place, limit, pageBytes);
  }

  async image(
    orgId: string,
    runId: string,
    seq: number,
    index: number,
  ): Promise<{ type: ImageType; bytes: Uint8Array } | undefined> {
    const log = await this.#find(orgId, runId);
    const image = log?.images.find((one) => one.seq === seq && one.index === index);
    return image && { type: image.type, bytes: Buffer.from(image.base64, 'base64') };
  }

  async #find(orgId: string, runId: string): Promise<PackedLog | undefined> {
    const find = () => this.#database.query<MovedLog>(movedLog, [runId, orgId]);
    const [moved] = await find();
    if (!moved) return undefined;
    try {
      return await this.#read(moved);
    } catch (error) {
      // It may have been deleted meanwhile, with its object.
      if ((await find()).length === 0) return undefined;
      throw error instanceof StoreFailed ? storeUnavailable() : error;
    }
  }

  #read(moved: MovedLog): Promise<PackedLog> {
    const known = this.#kept.get(moved.object);
    const kept = known ?? { log: this.#fetch(moved), bytes: 0 };
    this.#kept.delete(moved.object);
    this.#kept.set(moved.object, kept);
    if (!known) {
      const forget = () => this.#kept.get(moved.object) === kept && this.#kept.delete(moved.object);
      kept.log.then((log) => {
        kept.bytes = sizeOf(log);
        this.#forgetOldest();
      }, forget);
    }
    return kept.log;
  }

  async #fetch({ object, sha256 }: MovedLog): Promise<PackedLog> {
    if (!this.#store)
      throw unavailable(
        'The log of this session was moved, and this server has no LOG_STORE to read it from',
      );
    if (this.#fetching >= mostAtOnce) throw unavailable('Too many logs are being read from the log store');
    this.#fetching += 1;
    try {
      const bytes = await this.#store.get(object);
      const log = bytes && (await unpack(bytes, sha256));
      if (log) return log;
      const what = bytes ? 'is not what was put there' : 'is not there';
      throw new ApiError(
        'UNAVAILABLE',
        `The log of this session ${what}: the object ${object} of the log store`,
        undefined,
        60,
      );
    } finally {
      this.#fetching -= 1;
    }
  }

  #forgetOldest(): void {
    let sum = 0;
    for (const { bytes } of this.#kept.values()) sum += bytes;
    for (const [object, { bytes }] of this.#kept) {
      if (sum <= mostKept) return;
      sum -= bytes;
      this.#kept.delete(object);
    }
  }
}

function sizeOf({ events, images }: PackedLog): number {
  const ofEvents = events.reduce((sum, { bytes }) => sum + bytes, 0);
  return images.reduce((sum, { base64 }) => sum + base64.length, ofEvents);
}
