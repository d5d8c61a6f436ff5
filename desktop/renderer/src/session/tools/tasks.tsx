import type { Task } from '../../conversation/tasks.js';
import { Seen } from '../../ui/seen.js';

const marks: Record<Task['status'], { mark: string; word: string; className: string }> = {
  pending: { mark: '○', word: 'to do', className: '' },
  in_progress: { mark: '◐', word: 'in progress', className: 'font-medium text-accent' },
  completed: { mark: '✓', word: 'done', className: 'text-soft line-through decoration-line' },
};

interface Props {
  tasks: readonly Task[];
  className?: string;
}

/** What Claude set out to do, and how far it is. */
export function Tasks({ tasks, className = 'px-3 py-2' }: Props) {
  if (tasks.length === 0) return <p className="px-3 py-2 text-soft">No tasks.</p>;
  return (
    <ul className={`flex flex-col gap-0.5 ${className}`}>
      {Array.from(tasks.entries(), ([place, task]) => {
        const { mark, word, className } = marks[task.status];
        return (
          <li key={place} className={`flex gap-2 ${className}`}>
            <span aria-hidden="true" className="w-4 shrink-0 text-center no-underline">
              {mark}
            </span>
            <span className="sr-only">{word}: </span>
            <span dir="auto" className="[overflow-wrap:anywhere]">
              <Seen text={task.status === 'in_progress' ? (task.doing ?? task.text) : task.text} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
