/** Who does something, for the audit trail. */
export interface Actor {
  kind: 'key' | 'runner' | 'operator' | 'server';
  /** The id of the key or the runner; the kind itself for the others. */
  id: string;
  /** As people know it: of the key, of the system's user for operators. */
  name: string;
  requestId?: string | undefined;
  /** Where it came from, if that is noted. */
  address?: string | undefined;
}

/** What a server does by itself. */
export const ourselves: Actor = { kind: 'server', id: 'server', name: 'AgentFleet' };
