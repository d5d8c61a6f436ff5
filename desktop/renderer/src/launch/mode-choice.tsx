import type { PermissionMode } from '@agentfleet/contract';
import { TriangleAlert } from 'lucide-react';
import { modes } from '../base/modes.js';

/** The harmless first, the dangerous last. */
const options = Object.keys(modes) as PermissionMode[];

interface Props {
  mode: PermissionMode;
  onMode: (mode: PermissionMode) => void;
}

/** What Claude may do without asking, each in a plain sentence. */
export function ModeChoice({ mode, onMode }: Props) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium">What Claude may do</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {options.map((option) => (
          <label key={option} className={`choice-card ${option === 'bypassPermissions' ? 'dangerous' : ''}`}>
            <input
              type="radio"
              name="mode"
              className="mt-1 shrink-0"
              value={option}
              checked={mode === option}
              onChange={() => onMode(option)}
            />
            <span>
              <span className="block font-medium">{modes[option].name}</span>
              <span className="text-soft">{modes[option].sentence}</span>
            </span>
          </label>
        ))}
      </div>
      <div role="status">
        {mode === 'bypassPermissions' && (
          <p className="flex gap-2.5 rounded-md bg-bad-soft px-3 py-2.5 text-bad">
            <TriangleAlert aria-hidden="true" size={18} className="mt-0.5 shrink-0" />
            <span>
              <strong className="font-semibold">Nothing asks, and nothing stops it.</strong> Claude can delete
              files, install software, read every secret your user can read and send it out, also when a web
              page or a file it reads tells it to. Only for a machine or container you could afford to lose.
            </span>
          </p>
        )}
      </div>
    </fieldset>
  );
}
