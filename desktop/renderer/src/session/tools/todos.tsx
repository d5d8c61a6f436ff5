import type { Todo } from '../../conversation/tool-output.js';

const marks: Record<Todo['status'], { mark: string; word: string; className: string }> = {
  pending: { mark: '○', word: 'to do', className: '' },
  in_progress: { mark: '◐', word: 'in progress', className: 'font-medium text-accent' },
  completed: { mark: '✓', word: 'done', className: 'text-soft line-through decoration-line' },
};

/** A plan, and how far it is. */
export function Todos({ todos }: { todos: readonly Todo[] }) {
  return (
    <ul className="flex flex-col gap-0.5 px-3 py-2">
      {Array.from(todos.entries(), ([place, { text, status }]) => {
        const { mark, word, className } = marks[status];
        return (
          <li key={place} className={`flex gap-2 ${className}`}>
            <span aria-hidden="true" className="w-4 shrink-0 text-center">
              {mark}
            </span>
            <span className="sr-only">{word}: </span>
            <span className="[overflow-wrap:anywhere]">{text}</span>
          </li>
        );
      })}
    </ul>
  );
}
