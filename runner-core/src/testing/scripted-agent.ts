import type { Failure } from '@agentfleet/contract';
import type {
  Agent,
  AgentEvent,
  AgentListener,
  AgentOutcome,
  AgentPartial,
  AgentProbe,
  AgentRequest,
  PermissionAnswer,
  PermissionRequest,
} from '../agents/agent.js';

/** A session of the scripted agent, in the hands of a test. */
export interface ScriptedSession {
  readonly request: AgentRequest;
  /** What was asked of it, oldest first. */
  readonly asked: ('interrupt' | 'stop')[];
  say(message: string, more?: Partial<AgentEvent>): void;
  /** Produces the next piece of a text, without an event. */
  produce(text: string, more?: Partial<AgentPartial>): void;
  nameSession(id: string): void;
  /** Gives output that is no event: a byte of it. */
  breathe(): void;
  /** Asks for a tool, by default for `Bash npm test`. */
  ask(more?: Partial<PermissionRequest>, signal?: AbortSignal): Promise<PermissionAnswer>;
  end(outcome?: Partial<AgentOutcome>): void;
}

const succeeded: AgentOutcome = {
  status: 'SUCCEEDED',
  failure: null,
  agentSessionId: null,
  result: 'done',
  numTurns: 1,
  costUsd: 0,
  usage: null,
};

const npmTest: PermissionRequest = {
  requestId: 'request-1',
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test' },
  toolUseId: 'toolu_1',
  sessionGrant: 'Bash(npm test)',
};

/** An agent without a process, for what concerns the runner and not Claude Code. */
export class ScriptedAgent implements Agent {
  readonly name = 'scripted';
  readonly sessions: ScriptedSession[] = [];
  probed: AgentProbe = { ok: true, path: '/bin/claude', version: '2.1.200', refuses: [] };
  /** What a session does when it begins; by default it succeeds at once. */
  script: (session: ScriptedSession) => void = (session) => session.end();
  /** How a stopped session ends: at once, or never. */
  stops = true;

  async probe(): Promise<AgentProbe> {
    return this.probed;
  }

  start(request: AgentRequest, listener: AgentListener) {
    let finish: (outcome: AgentOutcome) => void = () => undefined;
    const done = new Promise<AgentOutcome>((resolve) => {
      finish = resolve;
    });
    // As of Claude Code: what ends asks for nothing more.
    const over = new AbortController();
    const session: ScriptedSession = {
      request,
      asked: [],
      say: (message, more = {}) => listener.event({ kind: 'assistant', message, data: null, ...more }),
      produce: (text, more = {}) => listener.partial?.({ kind: 'assistant', text, begins: false, ...more }),
      nameSession: (id) => listener.sessionId(id),
      breathe: () => listener.alive?.(),
      ask: (more = {}, signal = over.signal) => listener.permission({ ...npmTest, ...more }, signal),
      end: (outcome = {}) => {
        over.abort();
        finish({ ...succeeded, ...outcome });
      },
    };
    this.sessions.push(session);
    queueMicrotask(() => this.script(session));
    return {
      done,
      interrupt: () => void session.asked.push('interrupt'),
      stop: async (failure?: Failure) => {
        session.asked.push('stop');
        if (!this.stops) return;
        session.end({ status: failure ? 'FAILED' : 'CANCELLED', failure: failure ?? null, result: null });
      },
    };
  }
}
