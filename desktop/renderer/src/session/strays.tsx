import type { Approval } from '@agentfleet/contract';
import { itemOf } from '../approvals/item-of.js';
import { ToolCard } from './tool-card.js';

/** Tools that wait for a person and have no line in the part of the log that is there: nobody may overlook them. */
export function Strays({ approvals }: { approvals: readonly Approval[] }) {
  return approvals.map((approval) => (
    <div key={approval.id} className="pb-3">
      <ToolCard item={itemOf(approval)} asked={approval} />
    </div>
  ));
}
