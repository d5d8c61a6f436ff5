import { type AuditAction, type AuditEntry, auditWords, withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import { Age } from '../ui/age.js';
import { Seen } from '../ui/seen.js';

interface Props {
  entry: AuditEntry;
  /** Shows only what that one did, or what was done to that one. */
  onActor: (id: string) => void;
  onSubject: (id: string) => void;
}

/** What somebody did, as a sentence; who and what lead to all else of theirs. */
export function AuditRow({ entry, onActor, onSubject }: Props) {
  const { at, action, actor, subject, detail, address } = entry;
  const words = Object.hasOwn(auditWords, action) ? auditWords[action as AuditAction] : action;
  const more = [...detailWords(detail), ...(address ? [`from ${address}`] : [])];
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 border-line border-b py-2.5 last:border-b-0 sm:grid-cols-[11rem_minmax(0,1fr)_auto]">
      <p className="flex min-w-0 items-baseline gap-1.5">
        <button
          type="button"
          className="min-w-0 truncate py-0.5 text-left font-medium hover:underline"
          title={actor.id}
          aria-label={withHiddenSpelled(`Only what ${actor.name} did`)}
          onClick={() => onActor(actor.id)}
        >
          <Seen text={actor.name} />
        </button>
        {actor.kind !== 'key' && actor.kind !== 'server' && <span className="tag">{actor.kind}</span>}
      </p>
      <Age at={at} className="whitespace-nowrap py-0.5 text-soft sm:order-last" />
      <div className="col-span-full min-w-0 sm:col-span-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span>{words}</span>
          <Subject subject={subject} onSubject={onSubject} />
        </p>
        {more.length > 0 && (
          <p className="text-soft [overflow-wrap:anywhere]">
            <Seen text={more.join(' · ')} />
          </p>
        )}
      </div>
    </li>
  );
}

function Subject({
  subject: { id, name },
  onSubject,
}: Pick<AuditEntry, 'subject'> & Pick<Props, 'onSubject'>) {
  const path = id.startsWith('clr') ? `/sessions/${id}` : id.startsWith('run_') ? `/runners/${id}` : null;
  const shown = name === null ? <span className="mono">{id}</span> : <Seen text={name} />;
  return (
    <>
      {path === null ? (
        <span className="min-w-0 [overflow-wrap:anywhere]" title={id}>
          {shown}
        </span>
      ) : (
        <Link href={path} className="min-w-0 py-0.5 text-accent [overflow-wrap:anywhere]" title={id}>
          {shown}
        </Link>
      )}
      <button
        type="button"
        className="py-0.5 text-soft hover:text-ink hover:underline"
        aria-label={withHiddenSpelled(`History of ${name ?? id}`)}
        onClick={() => onSubject(id)}
      >
        History
      </button>
    </>
  );
}

/** What else is known, e.g. `tool Bash · session clr…`. */
function detailWords(detail: AuditEntry['detail']): string[] {
  return Object.entries(detail ?? {})
    .filter(([, value]) => value !== false && value !== null)
    .map(([name, value]) => {
      const words = name.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
      const shown = Array.isArray(value) ? value.join(', ') || 'none' : String(value);
      return value === true ? words : `${words} ${shown}`;
    });
}
