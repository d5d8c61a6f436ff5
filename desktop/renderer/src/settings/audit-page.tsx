import { auditWords } from '@agentfleet/contract';
import { useSearchParams } from 'wouter';
import { ExportCsv } from '../base/export-csv.js';
import { usePageTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { WhenFilter } from '../sessions/when-filter.js';
import { EarlierOnes } from '../ui/earlier-ones.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { RowSkeleton } from '../ui/skeleton.js';
import { AuditRow } from './audit-row.js';
import { SettingsTabs } from './settings-tabs.js';
import { type AuditView, auditCsv, mostExported, readView, useAudit } from './use-audit.js';

/** Who did what in the org, newest first; what it is narrowed by stands in the address. */
export default function AuditPage() {
  const mayAdmin = useMay('admin');
  usePageTitle('Audit');
  return (
    <div className="page max-w-5xl">
      <SettingsTabs />
      {mayAdmin ? (
        <Trail />
      ) : (
        <>
          <h1 className="font-semibold text-xl">Audit</h1>
          <Empty title="This key may not see who did what">
            Sign in with a key that has the scope <code className="font-mono">admin</code>.
          </Empty>
        </>
      )}
    </div>
  );
}

function Trail() {
  const [search, setSearch] = useSearchParams();
  const view = readView(search);
  const pages = useAudit(view);
  const entries = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const change = (part: Partial<AuditView>) => {
    const given = Object.entries({ ...view, ...part }).filter(([, value]) => value !== '');
    setSearch(new URLSearchParams(given));
  };
  const isNarrowed = Object.values(view).some((value) => value !== '');
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto font-semibold text-xl">Audit</h1>
        <ExportButton view={view} />
      </div>
      <Narrow view={view} onChange={change} />
      <section aria-label="What was done" aria-busy={pages.isPlaceholderData} className="flex flex-col gap-3">
        <ErrorNote error={pages.error} retry={() => void pages.refetch()} />
        {pages.isPending && <RowSkeleton rows={8} />}
        <ol className="flex flex-col">
          {entries.map((entry) => (
            <AuditRow
              key={entry.id}
              entry={entry}
              onActor={(actor) => change({ actor })}
              onSubject={(subject) => change({ subject })}
            />
          ))}
        </ol>
        {pages.isSuccess && entries.length === 0 && !pages.hasNextPage && (
          <Empty title={isNarrowed ? 'Nothing fits' : 'Nothing was done yet'}>
            {isNarrowed
              ? 'Nobody did that in this time.'
              : 'Who makes keys, launches, cancels, decides and changes something stands here.'}
          </Empty>
        )}
        <EarlierOnes pages={pages} name={entries.length === 0 ? 'Look further back' : undefined} />
      </section>
    </>
  );
}

interface NarrowProps {
  view: AuditView;
  onChange: (part: Partial<AuditView>) => void;
}

function Narrow({ view, onChange }: NarrowProps) {
  const chosen = [
    ['actor', 'By', view.actor],
    ['subject', 'Done to', view.subject],
  ] as const;
  return (
    <search className="flex flex-wrap items-center gap-2">
      <select
        className={`field !w-auto min-w-0 max-w-full grow basis-full sm:max-w-72 sm:grow-0 sm:basis-auto ${view.action ? '!border-accent text-accent' : ''}`}
        aria-label="What was done"
        value={view.action}
        onChange={({ target }) => onChange({ action: target.value })}
      >
        <option value="">Everything</option>
        {Object.entries(auditWords).map(([action, words]) => (
          <option key={action} value={action}>
            {words}
          </option>
        ))}
      </select>
      <WhenFilter name="Done" when={view.when} onWhen={(when) => onChange({ when })} />
      {chosen.map(
        ([name, words, id]) =>
          id !== '' && (
            <button
              key={name}
              type="button"
              className="button max-w-full !border-accent text-accent"
              aria-label={`${words} ${id}: show all again`}
              onClick={() => onChange({ [name]: '' })}
            >
              <span className="truncate">
                {words} <span className="mono">{id}</span>
              </span>
              <span aria-hidden="true">×</span>
            </button>
          ),
      )}
    </search>
  );
}

function ExportButton({ view }: { view: AuditView }) {
  const transport = useTransport();
  const make = async () => {
    const { text, isCut } = await auditCsv(transport, view);
    const most = mostExported.toLocaleString('en-US');
    const told = isCut ? `The file has the newest ${most}. GET /audit/export gives all of them.` : undefined;
    return { name: 'agentfleet-audit.csv', text, told };
  };
  return <ExportCsv make={make} />;
}
