import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode } from 'react';
import { ErrorNote } from './notes.js';
import { Seen } from './seen.js';

interface Props {
  title: string;
  /** What it means, and that it cannot be undone. */
  children: ReactNode;
  /** The word on the button that does it, e.g. `Revoke key`. */
  act: string;
  busy: boolean;
  error: unknown;
  /** It can be undone, or does not destroy anything. */
  isHarmless?: boolean;
  onAct: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone, or is done to many at once; the way back has the focus. */
export function Confirm({ title, children, act, busy, error, isHarmless = false, onAct, onClose }: Props) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && !busy && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog sm:w-md">
          <AlertDialog.Title className="font-semibold text-base">
            <Seen text={title} />
          </AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-soft">
            {children}
          </AlertDialog.Description>
          <ErrorNote error={error} />
          <div className="flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className="button" disabled={busy}>
              {isHarmless ? 'Not now' : 'Keep'}
            </AlertDialog.Close>
            <button
              type="button"
              className={`button ${isHarmless ? 'primary' : 'danger solid'}`}
              disabled={busy}
              onClick={onAct}
            >
              {act}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
