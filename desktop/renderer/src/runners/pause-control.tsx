import {
  type PauseLength,
  pauseLengthWords,
  pauseSec,
  type Runner,
  withHiddenSpelled,
} from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pause, Play } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useMayAct } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Choice } from '../ui/choice.js';
import { Modal } from '../ui/modal.js';
import { ErrorNote } from '../ui/notes.js';
import { toast } from '../ui/toasts.js';

/**
 * Lets a runner take nothing new, with a word for whoever wonders; or take sessions again. One that is offline, or about to
 * end, takes nothing anyway.
 */
export function PauseControl({ runner }: { runner: Runner }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState('');
  const [length, setLength] = useState<PauseLength>('resumed');
  const mayPause = useMayAct();
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['runners'] }),
      queries.invalidateQueries({ queryKey: ['runner', runner.id] }),
    ]);
  const resume = useMutation({
    mutationFn: () => transport.resumeRunner(runner.id),
    onSuccess: refresh,
    onError: (error) => toast({ title: 'It was not resumed', detail: error.message, bad: true }),
  });
  const pause = useMutation({
    mutationFn: () =>
      transport.pauseRunner(runner.id, { note: note.trim() || undefined, forSec: pauseSec(length) }),
    onSuccess: async () => {
      setAsking(false);
      setNote('');
      toast({
        title: `${runner.name} is paused`,
        detail: runner.activeRuns > 0 ? 'What it works on goes on to the end.' : '',
        action: { name: 'Undo', act: () => resume.mutate() },
      });
      await refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pause.mutate();
  };
  if (!mayPause) return null;
  if (runner.pausedAt !== null) {
    return (
      <button
        type="button"
        className="button min-w-26"
        disabled={resume.isPending}
        aria-label={withHiddenSpelled(`Resume ${runner.name}`)}
        onClick={() => resume.mutate()}
      >
        <Play aria-hidden="true" size={15} />
        Resume
      </button>
    );
  }
  if (runner.state !== 'online') return null;
  return (
    <>
      <button
        type="button"
        className="button min-w-26"
        aria-label={withHiddenSpelled(`Pause ${runner.name}`)}
        onClick={() => setAsking(true)}
      >
        <Pause aria-hidden="true" size={15} />
        Pause
      </button>
      {asking && (
        <Modal
          title={`Pause ${runner.name}?`}
          detail="It finishes what it works on and takes nothing new."
          onClose={() => setAsking(false)}
        >
          <form onSubmit={submit} className="flex flex-col gap-4">
            <label className="flex flex-col gap-1">
              <span className="font-medium">
                Why <span className="font-normal text-soft">optional, shown beside its name</span>
              </span>
              <input
                className="field"
                maxLength={500}
                placeholder="Moving house until Friday"
                value={note}
                onChange={(event) => setNote(event.target.value)}
              />
            </label>
            {/* Older servers know of no end. */}
            {runner.pausedUntil !== undefined && (
              <Choice name="How long" options={pauseLengthWords} value={length} onChange={setLength} />
            )}
            <ErrorNote error={pause.error} />
            <div className="flex justify-end gap-2">
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Keep it going
              </button>
              <button type="submit" className="button primary" disabled={pause.isPending}>
                Pause it
              </button>
            </div>
          </form>
        </Modal>
      )}
    </>
  );
}
