import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Seen } from './seen.js';

interface Props {
  title: string;
  /** One line under the title. */
  detail?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** `full` takes what the window has. */
  wide?: boolean | 'full';
}

/** A dialog over the page, open as long as it is there: it takes the focus, keeps it, and gives it back. */
export function Modal({ title, detail, onClose, children, wide = false }: Props) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup
          className={`dialog ${wide === 'full' ? 'large sm:w-max' : wide ? 'sm:w-2xl' : 'sm:w-md'}`}
        >
          <div className="flex items-start gap-3">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="font-semibold text-base">
                <Seen text={title} />
              </Dialog.Title>
              {detail && <Dialog.Description className="mt-1 text-soft">{detail}</Dialog.Description>}
            </div>
            <Dialog.Close className="button quiet icon -mt-1.5 -mr-2" aria-label="Close">
              <X aria-hidden="true" size={17} />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
