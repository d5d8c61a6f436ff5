import { Toast } from '@base-ui/react/toast';
import { Seen } from './seen.js';

const manager = Toast.createToastManager();

export interface Note {
  title: string;
  detail?: string;
  /** A way back or on, e.g. `{ name: 'Undo', act }`. */
  action?: { name: string; act: () => void };
  bad?: boolean;
}

/** Says that something happened, and offers the way back where there is one. */
export function toast({ title, detail, action, bad = false }: Note): void {
  const id = manager.add({
    title: <Seen text={title} />,
    timeout: action ? 10_000 : 5_000,
    priority: bad ? 'high' : 'low',
    type: bad ? 'bad' : 'plain',
    ...(detail ? { description: <Seen text={detail} /> } : {}),
    ...(action
      ? {
          actionProps: {
            children: action.name,
            onClick: () => {
              manager.close(id);
              action.act();
            },
          },
        }
      : {}),
  });
}

/** Where toasts appear, away from what is written at the bottom and the buttons at the right; F6 moves the keyboard there and back. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts fixed z-40 flex flex-col gap-2">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((shown) => (
    <Toast.Root
      key={shown.id}
      toast={shown}
      swipeDirection={['up', 'right']}
      className={`toast flex items-center gap-3 rounded-lg border bg-raised py-2.5 pr-2.5 pl-4 ${shown.type === 'bad' ? 'border-bad' : 'border-line'}`}
    >
      <div className="min-w-0 flex-1">
        <Toast.Title className="font-medium [overflow-wrap:anywhere]" />
        <Toast.Description className="text-soft [overflow-wrap:anywhere]" />
      </div>
      <Toast.Action className="button" />
      <Toast.Close className="button quiet icon" aria-label="Dismiss">
        <span aria-hidden="true">✕</span>
      </Toast.Close>
    </Toast.Root>
  ));
}
