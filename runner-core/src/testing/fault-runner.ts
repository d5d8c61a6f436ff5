// A runner as a process of its own with a scripted agent, to be killed at any moment. It notes in a journal what it
// does. Given, as JSON in FAULT_RUNNER: see Given. It ends when its input does.
import type { BodyInputOf, ResponseOf, RouteName } from '@agentfleet/contract';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { type CallOptions, ControlPlane } from '../control-plane/client.js';
import { Runner } from '../runner.js';
import { askedUse, messageOf, resultOf, SessionScript } from './fault-session.js';
import { Journal } from './journal.js';
import { ScriptedAgent, type ScriptedSession } from './scripted-agent.js';

interface Given {
  url: string;
  apiKey: string;
  name: string;
  /** The directory that sessions may work in. */
  allowed: string;
  runnerDir: string;
  /** Path of the journal. */
  journal: string;
  maxConcurrentRuns: number;
}

// Before anything else: whoever started it may be gone already.
process.stdin.on('close', () => process.exit(0)).resume();
const given = JSON.parse(process.env.FAULT_RUNNER ?? '') as Given;
const journal = new Journal(given.journal);
/** Of the attempt that this process began last, by run. */
const tokens = new Map<string, string>();

/** Notes what the server acknowledges. */
class NotingControlPlane extends ControlPlane {
  override async call<Name extends RouteName, Read = ResponseOf<Name>>(
    name: Name,
    options: CallOptions<Name, Read> = {},
  ): Promise<Read> {
    const answer = await super.call(name, options);
    const runId = options.id ?? '';
    if (name === 'appendEvents') {
      const { token, events } = options.body as BodyInputOf<'appendEvents'>;
      journal.note({ type: 'acknowledged', runId, token, lastSeq: events.at(-1)?.seq ?? 0 });
    } else if (name === 'finishRun') {
      const { token, status, failure, costUsd, usage, result } = options.body as BodyInputOf<'finishRun'>;
      journal.note({
        type: 'finished',
        runId,
        token,
        status,
        failure: failure?.code ?? null,
        costUsd: costUsd ?? null,
        inputTokens: usage?.inputTokens ?? null,
        result: result ?? null,
      });
    }
    return answer;
  }
}

const agent = new ScriptedAgent();
agent.script = play;
const runner = new Runner({
  settings: {
    ...given,
    directories: [given.allowed],
    maxTimeoutSec: 60,
    maxStallSec: 60,
    maxApprovalSec: 60,
    permissionModes: ['default'],
    claudePath: undefined,
  },
  server: new NotingControlPlane({ ...given, version: '0.0.0', patienceMs: 1_500, mostBackOffMs: 300 }),
  agent,
  allowlist: createAllowlist([given.allowed]),
  version: '0.0.0',
  tickMs: 50,
});
runner.on('started', ({ id, token }) => {
  tokens.set(id, token);
  journal.note({ type: 'claimed', runId: id, token });
});
runner.on('event', (runId, { seq, message }) =>
  journal.note({ type: 'event', runId, token: tokens.get(runId) ?? '', seq, message }),
);
runner.on('trouble', (message) => journal.note({ type: 'trouble', message }));
runner.on('online', () => console.log('online'));
await runner.run();

/**
 * Says its events one after the other, asks for its tools in the middle of them, then ends; a session that is stopped
 * says nothing more.
 */
function play(session: ScriptedSession): void {
  const { runId, prompt, cwd, resumeSessionId } = session.request;
  const script = SessionScript.parse(JSON.parse(prompt));
  const nonce = crypto.randomUUID();
  const agentSessionId = resumeSessionId ?? nonce;
  journal.note({ type: 'session', runId, nonce, cwd, resumeSessionId, agentSessionId });
  session.nameSession(agentSessionId);
  const over = () => journal.note({ type: 'over', runId, nonce });
  let said = 0;
  let asked = false;
  const ask = async () => {
    asked = true;
    await Promise.all(
      Array.from({ length: script.asks }, async (_item, index) => {
        const use = askedUse(nonce, index + 1);
        const { allow } = await session.ask({ requestId: use, toolUseId: use });
        journal.note({ type: 'permitted', runId, nonce, use, allow });
      }),
    );
    say();
  };
  const say = () => {
    if (session.asked.includes('stop')) return over();
    if (script.asks > 0 && !asked && said >= script.events / 2) return void ask();
    if (said < script.events) {
      said += 1;
      session.say(messageOf(nonce, said));
    } else if (script.end !== 'hangs') {
      over();
      const usage = {
        inputTokens: said,
        outputTokens: 1,
        cacheReadTokens: 0,
        cacheCreationTokens: 0,
        byModel: {},
      };
      const outcome = { agentSessionId, costUsd: script.costUsd, usage };
      return script.end === 'SUCCEEDED'
        ? session.end({ ...outcome, result: resultOf(nonce) })
        : session.end({
            ...outcome,
            status: 'FAILED',
            failure: { code: 'agent_error', message: 'The script says so' },
            result: null,
          });
    }
    setTimeout(say, script.gapMs);
  };
  say();
}
