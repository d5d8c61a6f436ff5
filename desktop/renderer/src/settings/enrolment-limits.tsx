import type { BodyInputOf } from '@agentfleet/contract';
import { CountField } from '../ui/count-field.js';

/** The limits of a key that enrols, as they are typed. */
export interface TypedLimits {
  uses: string;
  /** One in a line. */
  directories: string;
  namePrefix: string;
}

export const noLimits: TypedLimits = { uses: '', directories: '', namePrefix: '' };

/** What is asked of the server; undefined without any limit. */
export function limitsOf(typed: TypedLimits): BodyInputOf<'createApiKey'>['enrolment'] {
  const directories = typed.directories
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const limits = {
    ...(typed.uses !== '' && { uses: Number(typed.uses) }),
    ...(directories.length > 0 && { directories }),
    ...(typed.namePrefix.trim() !== '' && { namePrefix: typed.namePrefix.trim() }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

interface Props {
  limits: TypedLimits;
  onChange: (limits: TypedLimits) => void;
}

/** How many runners a key lets in, from where, and under which names. */
export function EnrolmentLimitsFields({ limits, onChange }: Props) {
  const set = (name: keyof TypedLimits) => (event: { target: { value: string } }) =>
    onChange({ ...limits, [name]: event.target.value });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1.5 font-medium">Limits for the runners it connects</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <CountField name="How many" value={limits.uses} onChange={(uses) => onChange({ ...limits, uses })} />
        <label className="flex min-w-0 flex-col gap-1">
          <span>Names begin with</span>
          <input
            className="field"
            placeholder="Any name"
            maxLength={100}
            value={limits.namePrefix}
            onChange={set('namePrefix')}
          />
        </label>
      </div>
      <label className="flex min-w-0 flex-col gap-1">
        <span>Folders they may offer, one in a line</span>
        <textarea
          className="field font-mono text-[12.5px]"
          rows={2}
          placeholder="Any folder"
          value={limits.directories}
          onChange={set('directories')}
        />
      </label>
    </fieldset>
  );
}
