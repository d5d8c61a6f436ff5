import { ApiError } from '../errors.js';
import type { Context } from './context.js';

/** Bodies of one address that may be on their way at once, of callers who are not signed in. */
const mostUnfinished = 50;

/** By address, the oldest first. */
const unfinished = new Map<string, Set<() => void>>();

/**
 * Reads a body of somebody who is not signed in. Of too many from one address the oldest is given up, with
 * REQUEST_TIMEOUT, and never a new one: behind a proxy everybody has that address, and who sends a body at once is done
 * before he is the oldest.
 */
export function fewUnfinished<Body>(context: Context, read: () => Promise<Body>): Promise<Body> {
  const { ip } = context;
  const mine = unfinished.get(ip) ?? new Set();
  unfinished.set(ip, mine);
  return new Promise((resolve, reject) => {
    const over = () => {
      mine.delete(giveUp);
      if (mine.size === 0) unfinished.delete(ip);
    };
    const giveUp = () => {
      over();
      // What is still to come is not read: the connection ends with this answer.
      context.set('Connection', 'close');
      reject(new ApiError('REQUEST_TIMEOUT', 'The body took too long to arrive while many others did'));
    };
    mine.add(giveUp);
    read().then(resolve, reject).finally(over);
    const [oldest] = mine;
    if (mine.size > mostUnfinished) oldest?.();
  });
}
