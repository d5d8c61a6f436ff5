import type { Socket } from 'node:net';
import type { ClaimedRun, Event, RunnerPause } from '@agentfleet/contract';
import type { Agent, PermissionRequest } from './agents/agent.js';
import type { Allowlist } from './allowlist/allowlist.js';
import type { ControlPlane, ControlPlaneError } from './control-plane/client.js';
import type { Settings } from './settings.js';

export interface RunnerOptions {
  settings: Settings;
  server: ControlPlane;
  agent: Agent;
  allowlist: Allowlist;
  /** Of this software. */
  version: string;
  /** How often it looks at the clocks and at its leases, ms; a second by default. */
  tickMs?: number;
  /** Gets whoever of the same user comes to the lock of its directory. */
  visit?: (socket: Socket) => void;
}

/** What may be another while it runs. The address, the key and the directory of the runner are for good. */
export type Changeable = Pick<RunnerOptions, 'settings' | 'agent' | 'allowlist'>;

export interface RunnerEvents {
  online: [runnerId: string];
  /** It is paused, or paused otherwise than before; null: it takes runs again. */
  paused: [pause: RunnerPause | null];
  /** With the reason, once for each; it keeps trying. */
  offline: [reason: ControlPlaneError];
  /** Why no log can be kept, so that it takes nothing new, in a sentence; null: it can again. */
  room: [why: string | null];
  started: [run: ClaimedRun];
  event: [runId: string, event: Event];
  /** All the tool permissions that a session waits for now, whenever that changes. */
  approvals: [runId: string, waiting: PermissionRequest[]];
  /** With its final status, or DROPPED when another attempt has the run or may have it. */
  ended: [runId: string, status: string];
  /** Something a person at the machine should know; the runner goes on. */
  trouble: [message: string];
  /** A sentence for its log: nobody has to do anything. */
  remark: [message: string];
}
