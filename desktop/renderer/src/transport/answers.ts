import shapes from 'virtual:answer-shapes';
import type { RouteName } from '@agentfleet/contract';
import { misfit } from './fits.js';
import { TransportError } from './transport.js';

/** What is received besides the answers of routes, by the names of its schemas. */
type Received = 'Event' | 'PartialText';

/**
 * Holds what was received against the contract: throws a `TransportError` that names the place where it is not what it has
 * to be. What it has besides is passed over.
 */
export function checked<T>(name: RouteName | Received, value: unknown): T {
  const place = misfit(shapes, `#${name}`, value);
  if (place === undefined) return value as T;
  throw new TransportError(
    'MISUNDERSTOOD',
    `The server said something that this page does not understand (${name}: ${place}). It may be of another version: load the page again.`,
  );
}

/** Whether a value is a reference to an image, as the contract has it. */
export const isImageReference = (value: unknown): boolean =>
  misfit(shapes, '#ImageReference', value) === undefined;
