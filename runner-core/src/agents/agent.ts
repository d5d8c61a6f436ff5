import type { EventKind, Failure, FinishRun, JsonObject, PermissionMode } from '@agentfleet/contract';

/** One session as an agent is asked to run it. Everything in it has been checked; `cwd` is a real path. */
export interface AgentRequest {
  runId: string;
  prompt: string;
  /** The real, allow-listed directory. */
  cwd: string;
  permissionMode: PermissionMode;
  model: string | null;
  /** The session a follow-up resumes. */
  resumeSessionId: string | null;
  maxTurns: number | null;
  /** USD. */
  maxBudgetUsd: number | null;
  /** What the session may be switched to while it runs, by what a person allows for its rest. */
  permissionModes: readonly PermissionMode[];
}

/** What an agent reports: an event without its place in the log; the executor gives it seq and time. */
export interface AgentEvent {
  kind: EventKind;
  message: string;
  data: JsonObject | null;
}

/** The next piece of a text that an agent is producing. */
export interface AgentPartial {
  kind: 'assistant' | 'thinking';
  text: string;
  /** It is the beginning of another text. */
  begins: boolean;
}

/** A tool that the permission mode does not grant, as the agent asks for it. */
export interface PermissionRequest {
  /** The agent's own name for this request. */
  requestId: string;
  /** e.g. `Bash` */
  tool: string;
  /** Its use as one readable line, e.g. `Bash npm test`. */
  message: string;
  /** What it is to be called with, cut to what an event may hold. */
  input: JsonObject;
  toolUseId: string | null;
  /** What allowing it for the session allows besides, in words; null where it cannot be. */
  sessionGrant: string | null;
}

/** `reason` is what the agent is told, to go on in another way; `answers` are those of a tool that asks questions. */
export type PermissionAnswer =
  | { allow: true; forSession: boolean; answers: Record<string, string> | null }
  | { allow: false; reason: string };

/** Called in order, synchronously, while a session runs. Must not throw. */
export interface AgentListener {
  /** Bytes came from the agent, whatever they say: it lives. Each of the others says so too. */
  alive?(): void;
  event(event: AgentEvent): void;
  /** The session's id, as soon as the agent says it. */
  sessionId(id: string): void;
  /** Text that is being produced, before the whole of it arrives as an event. Transient: never stored. */
  partial?(piece: AgentPartial): void;
  /**
   * The session waits for the answer. Never rejects.
   * @param signal aborts when it no longer waits; the answer is then for nobody
   */
  permission(request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer>;
}

/** How a session ended, in the words of the finish request. */
export type AgentOutcome = Pick<
  FinishRun,
  'status' | 'failure' | 'agentSessionId' | 'result' | 'numTurns' | 'costUsd' | 'usage'
>;

/** A session that was started. */
export interface AgentSession {
  /** Resolves once, after the last event, when no process of the session is left. Never rejects. */
  readonly done: Promise<AgentOutcome>;
  /** Asks the agent to end its turn, without force. */
  interrupt(): void;
  /**
   * Ends the session and its whole process tree, gently first. `done` then resolves CANCELLED, or FAILED with
   * `failure` where one is given (a time limit, say). Calling it again only hurries.
   */
  stop(failure?: Failure): Promise<void>;
}

/** A permission mode that the agent does not take here, whatever the runner allows. */
export interface RefusedMode {
  mode: PermissionMode;
  /** Why, and what to do. */
  message: string;
}

/** What a look at the installed agent found. */
export type AgentProbe =
  | { ok: true; path: string; version: string; refuses: readonly RefusedMode[] }
  | { ok: false; failure: Failure; path: string | null; version: string | null };

/** An adapter: how AgentFleet runs one kind of coding agent. Claude Code is the first. */
export interface Agent {
  readonly name: string;
  /** Finds the executable and checks its version against the floor. Cheap enough to call before each session. */
  probe(): Promise<AgentProbe>;
  /** Spawns the agent. A spawn that fails is an outcome, not an exception. */
  start(request: AgentRequest, listener: AgentListener): AgentSession;
}
