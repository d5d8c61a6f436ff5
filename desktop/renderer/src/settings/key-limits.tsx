import type { BodyInputOf, KeyLimits } from '@agentfleet/contract';
import { CountField } from '../ui/count-field.js';

/** How much a key may ask for, as it is typed. */
export type TypedKeyLimits = Record<keyof KeyLimits, string>;

export const unlimited: TypedKeyLimits = { requestsPerMinute: '', queuedRuns: '', openStreams: '' };

const names: Record<keyof KeyLimits, string> = {
  requestsPerMinute: 'Requests a minute',
  queuedRuns: 'Queued sessions',
  openStreams: 'Open streams',
};
const all = Object.keys(names) as (keyof KeyLimits)[];

/** What is asked of the server; undefined without any limit. */
export function keyLimitsOf(typed: TypedKeyLimits): BodyInputOf<'createApiKey'>['limits'] {
  const given = all.filter((limit) => typed[limit] !== '');
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map((limit) => [limit, Number(typed[limit])]));
}

/** E.g. `60 requests a minute · 5 queued sessions`; undefined for a key without limits. */
export function keyLimitWords(limits: KeyLimits | undefined): string | undefined {
  const given = all.filter((limit) => limits && limits[limit] !== null);
  if (given.length === 0) return undefined;
  return given.map((limit) => `${limits?.[limit]} ${names[limit].toLowerCase()}`).join(' · ');
}

interface Props {
  limits: TypedKeyLimits;
  onChange: (limits: TypedKeyLimits) => void;
}

export function KeyLimitsFields({ limits, onChange }: Props) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">How much it may ask for</legend>
      <div className="grid gap-4 sm:grid-cols-3">
        {all.map((limit) => (
          <CountField
            key={limit}
            name={names[limit]}
            value={limits[limit]}
            onChange={(value) => onChange({ ...limits, [limit]: value })}
          />
        ))}
      </div>
    </fieldset>
  );
}
