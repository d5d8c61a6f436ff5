import type { JsonObject } from '@agentfleet/contract';
import { isObject, type JsonValue, object, string } from './json.js';
import { words } from './text.js';

/**
 * What a `rate_limit_event` says of the account's limits, as a line: how much of which is used, which was reached, when it
 * ends, and whether the session goes on beyond it.
 */
export function rateLimitLine(message: JsonObject): string {
  const info = object(message.rate_limit_info);
  const status = string(info.status);
  const limit = limitWords(info.rateLimitType);
  const used = percent(info.utilization);
  const resets = resetWords(info.resetsAt);
  switch (status) {
    case undefined:
      return 'rate limit event';
    case 'allowed': {
      const windows = windowWords(info);
      return windows === '' ? 'within the usage limits' : `within the usage limits: ${windows}`;
    }
    case 'allowed_warning':
      return `${used ? `${used} of the ${limit} is used` : `the ${limit} is nearly reached`}${resets}`;
    case 'rejected':
      return info.isUsingOverage === true
        ? `${limit} reached, going on with extra usage${resets}`
        : `${limit} reached${resets}${extraWords(info)}`;
    default:
      return `${limit}: ${words(status)}${resets}`;
  }
}

/** When a limit ends, as ISO 8601, from the seconds since 1970 that Claude Code says; null for anything else. */
export function resetTime(value: JsonValue | undefined): string | null {
  // Past the year 5138 it would be in milliseconds.
  if (typeof value !== 'number' || !(value > 0) || value > 1e11) return null;
  return new Date(Math.trunc(value) * 1_000).toISOString();
}

/** Each window that is told of: how much of it is used. */
function windowWords(info: JsonObject): string {
  return Object.entries(object(info.unifiedWindows))
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .map(([name, { utilization }]) => `${percent(utilization) ?? 'some'} of the ${limitWords(name)}`)
    .join(', ');
}

function extraWords({ overageStatus, overageDisabledReason }: JsonObject): string {
  if (overageStatus !== 'rejected') return '';
  const reason = string(overageDisabledReason);
  return `, without extra usage${reason ? ` (${words(reason)})` : ''}`;
}

/** `five_hour` is the `five-hour limit`. */
function limitWords(name: JsonValue | undefined): string {
  return `${(string(name) ?? 'usage').replaceAll('_', '-')} limit`;
}

function percent(share: JsonValue | undefined): string | undefined {
  return typeof share === 'number' && Number.isFinite(share) ? `${Math.round(share * 100)} %` : undefined;
}

function resetWords(value: JsonValue | undefined): string {
  const at = resetTime(value);
  return at === null ? '' : `, resets ${at.slice(0, 16).replace('T', ' ')} UTC`;
}
