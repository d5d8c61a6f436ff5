import type { Run } from '@agentfleet/contract';
import { type FormEvent, useState } from 'react';
import { Modal } from '../ui/modal.js';
import { Seen } from '../ui/seen.js';

interface Props {
  runs: readonly Run[];
  onLabels: (add: readonly string[], remove: readonly string[]) => void;
  onClose: () => void;
}

/** Labels to give several sessions, and to take from them. */
export function LabelDialog({ runs, onLabels, onClose }: Props) {
  const [text, setText] = useState('');
  const [remove, setRemove] = useState<readonly string[]>([]);
  const add = [...new Set(text.split(',').map((label) => label.trim()))].filter((label) => label !== '');
  const there = [...new Set(runs.flatMap(({ labels }) => labels))].sort((a, b) => a.localeCompare(b));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onLabels(add, remove);
  };
  return (
    <Modal
      title={`Labels of ${runs.length === 1 ? '1 session' : `${runs.length} sessions`}`}
      onClose={onClose}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <label className="flex flex-col gap-1">
          <span className="font-medium">
            Add <span className="font-normal text-soft">comma-separated</span>
          </span>
          <input
            className="field"
            placeholder="nightly, api"
            maxLength={1_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        {there.length > 0 && (
          <fieldset className="flex max-h-60 flex-col gap-1 overflow-y-auto">
            <legend className="mb-1 font-medium">Remove</legend>
            {there.map((label) => (
              <label key={label} className="flex min-h-7 cursor-pointer items-center gap-2">
                <input
                  type="checkbox"
                  checked={remove.includes(label)}
                  onChange={({ target }) =>
                    setRemove(target.checked ? [...remove, label] : remove.filter((one) => one !== label))
                  }
                />
                <span className="min-w-0 [overflow-wrap:anywhere]">
                  <Seen text={label} />
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            Keep them
          </button>
          <button type="submit" className="button primary" disabled={add.length + remove.length === 0}>
            Change labels
          </button>
        </div>
      </form>
    </Modal>
  );
}
