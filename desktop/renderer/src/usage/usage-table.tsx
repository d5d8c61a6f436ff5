import { type UsageGroup, type UsageRow, withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import { formatCost, formatCount } from '../ui/format.js';
import { Seen } from '../ui/seen.js';
import { groupId, groupName } from './series.js';

interface Props {
  rows: readonly UsageRow[];
  by: UsageGroup;
  /** The token of the colour a group has in the chart. */
  colourOf: (id: string) => string;
}

const heads: Record<UsageGroup, string> = {
  runner: 'Runner',
  directory: 'Folder',
  model: 'Model',
  label: 'Label',
  key: 'API key',
};

/** The groups, the most expensive first; a group leads to its sessions. */
export function UsageTable({ rows, by, colourOf }: Props) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full whitespace-nowrap text-right tabular-nums">
        <caption className="sr-only">Usage by {heads[by].toLowerCase()}</caption>
        <thead className="text-soft">
          <tr className="border-line border-b">
            <th scope="col" className="py-2 pr-4 text-left font-medium">
              {heads[by]}
            </th>
            {['Cost', 'Sessions', 'Tokens'].map((head) => (
              <th key={head} scope="col" className="py-2 pl-4 font-medium">
                {head}
              </th>
            ))}
            {['Input', 'Output', 'Cache read', 'Cache write'].map((head) => (
              <th key={head} scope="col" className="hidden py-2 pl-4 font-medium md:table-cell">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={groupId(row)} className="border-line border-b last:border-b-0">
              <th scope="row" className="w-full max-w-0 py-2 pr-4 text-left font-normal">
                <span className="flex min-w-0 items-center gap-2">
                  <Swatch colour={colourOf(groupId(row))} />
                  <GroupName row={row} by={by} />
                </span>
              </th>
              <td className="py-2 pl-4 font-medium">{formatCost(row.costUsd)}</td>
              <td className="py-2 pl-4">{formatCount(row.runs)}</td>
              <td className="py-2 pl-4">{formatCount(all(row))}</td>
              {[row.inputTokens, row.outputTokens, row.cacheReadTokens, row.cacheCreationTokens].map(
                (count, column) => (
                  <td key={kinds[column]} className="hidden py-2 pl-4 text-soft md:table-cell">
                    {formatCount(count)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const kinds = ['input', 'output', 'read', 'creation'];

const all = (row: UsageRow) =>
  row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheCreationTokens;

function GroupName({ row, by }: { row: UsageRow; by: UsageGroup }) {
  const name = groupName(row, by);
  const filter = { runner: 'runnerId', directory: 'cwd', label: 'label', model: undefined, key: undefined }[
    by
  ];
  if (!filter || row.key === null)
    return (
      <span className="truncate text-soft">
        <Seen text={name} />
      </span>
    );
  const href = `/sessions?${new URLSearchParams({ [filter]: row.key })}`;
  return (
    <Link
      href={href}
      className="truncate py-0.5 hover:text-accent"
      title={withHiddenSpelled(`Sessions of ${name}`)}
    >
      <Seen text={name} />
    </Link>
  );
}

/** The mark of a series in its colour. */
export function Swatch({ colour }: { colour: string }) {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-2.5 shrink-0 rounded-xs"
      style={{ background: `var(${colour})` }}
    />
  );
}
