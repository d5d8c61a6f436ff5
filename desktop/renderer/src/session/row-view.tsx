import { isFinal } from '@agentfleet/contract';
import { Ellipsis } from 'lucide-react';
import { memo } from 'react';
import type { Item } from '../conversation/items.js';
import { speakerOf } from '../conversation/speaker.js';
import { isAt, type Row } from '../conversation/thread-log.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { isOutOfReach } from '../ui/run-status.js';
import { FailedItem } from './failed-item.js';
import { ItemView } from './item-view.js';
import { GoesOnContext, LookedForContext } from './row-context.js';
import { SectionHead } from './section-head.js';
import { Strays } from './strays.js';
import { Tail } from './tail.js';
import type { TranscriptProps } from './transcript-props.js';

type Props = Pick<
  TranscriptProps,
  'log' | 'selected' | 'linked' | 'found' | 'query' | 'onMenu' | 'menuOf' | 'strays'
> & {
  row: Row;
  /** px it stands for, where it is not read yet. */
  height: number;
};

/** One row of a thread. */
export function RowView({ row, height, ...props }: Props) {
  const { run, log } = row.section;
  switch (row.type) {
    case 'head':
      return <SectionHead section={row.section} of={props.log.sections} />;
    case 'unread':
      return <div aria-hidden="true" className="unread" style={{ height }} />;
    case 'tail':
      return (
        <div className="pb-6">
          <Strays approvals={props.strays.filter(({ runId }) => runId === run.id)} />
          <Tail
            run={run}
            last={log.conversation.items.at(-1)}
            isLive={log.conversation.live !== null}
            isLater={props.log.sections.find(({ run: { status } }) => !isFinal(status)) !== row.section}
          />
        </div>
      );
    case 'item': {
      const { item } = row;
      const is = (place: Props['found']) => isAt(place, run.id, item.seq);
      const isFound = is(props.found);
      return (
        <Line
          item={item}
          runId={run.id}
          goesOn={!isFinal(run.status) && !isOutOfReach(run)}
          isSelected={is(props.selected)}
          isLinked={is(props.linked)}
          lookedFor={isFound ? props.query : ''}
          hasMenuOpen={props.menuOf === item}
          onMenu={props.onMenu}
        />
      );
    }
  }
}

interface LineProps {
  item: Item;
  runId: string;
  goesOn: boolean;
  isSelected: boolean;
  isLinked: boolean;
  /** What was found in it, where one is at it. */
  lookedFor: string;
  hasMenuOpen: boolean;
  onMenu: TranscriptProps['onMenu'];
}

/** A line of the conversation, under the name of whoever speaks. */
const Line = memo(function Line(props: LineProps) {
  const { item, runId, goesOn, isSelected, isLinked, lookedFor, hasMenuOpen, onMenu } = props;
  const speaker = speakerOf(item);
  return (
    <article
      aria-label={speaker}
      className={`row ${item.nested ? 'nested' : ''}`}
      data-seq={item.seq}
      data-selected={isSelected || undefined}
      data-linked={isLinked || undefined}
    >
      <GoesOnContext value={goesOn}>
        <LookedForContext value={lookedFor}>
          <ErrorBoundary key={item.type} instead={(error) => <FailedItem item={item} error={error} />}>
            <ItemView item={item} reveal={lookedFor !== '' || isLinked} />
          </ErrorBoundary>
        </LookedForContext>
      </GoesOnContext>
      {!('live' in item) && (
        <button
          type="button"
          className="row-menu"
          aria-label={`More about line ${item.seq}: ${speaker}`}
          title="More about this"
          aria-haspopup="menu"
          aria-expanded={hasMenuOpen}
          onClick={(event) => onMenu(item, { runId, seq: item.seq }, event.currentTarget)}
        >
          <Ellipsis aria-hidden="true" size={15} />
        </button>
      )}
    </article>
  );
});
