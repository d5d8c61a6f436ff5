import { unavailable } from '../errors.js';

/** Where logs of ended runs lie as objects. Names are ours alone: ids, `/` and a suffix. */
export interface LogStore {
  /** Stores it whole or not at all; replaces what had the name. Throws StoreFailed. */
  put(name: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is none of the name. Throws StoreFailed. */
  get(name: string): Promise<Buffer | undefined>;
  /** One that is not there is deleted as well. Throws StoreFailed. */
  delete(name: string): Promise<void>;
}

/** The store is away, full, or refuses us: what was to be done is tried again later. */
export class StoreFailed extends Error {}

/** What callers are told while it is so: never that a log is empty. */
export const storeUnavailable = () =>
  unavailable('The log of this session lies in the log store, which does not answer for the moment');
