import { useState } from 'react';
import type { TaskList } from '../conversation/task-list.js';
import { ScrollBox } from '../ui/scroll-pre.js';
import { Seen } from '../ui/seen.js';
import { Tasks } from './tools/tasks.js';

interface Props {
  list: TaskList;
}

/** What Claude set out to do and how far it is, beside the conversation where there is room. */
export function TasksAside({ list }: Props) {
  if (!isThere(list)) return null;
  return (
    <section aria-label="Tasks" className="mb-6 flex flex-col gap-1.5">
      <h2 className="flex items-baseline gap-2 font-semibold">
        Tasks
        <span className="ml-auto font-normal text-soft tabular-nums">{howFar(list)}</span>
      </h2>
      <ScrollBox className="max-h-[45vh] overflow-y-auto">
        <Tasks tasks={list.tasks} className="" />
      </ScrollBox>
      <Lacking list={list} />
    </section>
  );
}

/** The same on narrower screens: one line above the conversation, with the task that is being done; the rest on demand. */
export function TasksBar({ list }: Props) {
  const [open, setOpen] = useState(false);
  if (!isThere(list)) return null;
  const doing = list.tasks.find(({ status }) => status === 'in_progress');
  const next = doing
    ? (doing.doing ?? doing.text)
    : list.tasks.find(({ status }) => status === 'pending')?.text;
  return (
    <details
      className="tasks-bar xl:hidden"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="tasks-line">
        <span className="font-medium">Tasks</span>
        <span className="whitespace-nowrap text-soft tabular-nums">{howFar(list)}</span>
        {!open && next && (
          <span dir="auto" className={`min-w-0 flex-1 truncate ${doing ? 'text-accent' : 'text-soft'}`}>
            <span aria-hidden="true">{doing ? '◐' : '○'} </span>
            <Seen text={next} />
          </span>
        )}
      </summary>
      {open && (
        <ScrollBox className="max-h-[40vh] overflow-y-auto pb-2">
          <Tasks tasks={list.tasks} className="" />
          <Lacking list={list} />
        </ScrollBox>
      )}
    </details>
  );
}

function Lacking({ list }: { list: TaskList }) {
  return list.state === 'whole' ? null : (
    <p className="text-soft">The beginning of the log could not be read: there may be other tasks.</p>
  );
}

const isThere = ({ tasks, state }: TaskList) =>
  state === 'lacking' || (state === 'whole' && tasks.length > 0);

function howFar({ tasks }: TaskList): string {
  return `${tasks.filter(({ status }) => status === 'completed').length} of ${tasks.length} done`;
}
