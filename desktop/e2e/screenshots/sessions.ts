import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { assistant, thinking, toolCall } from '../browser/said.js';
import type { HeldRun, ScriptedRunner } from '../browser/scripted-runner.js';

const api = '/Users/ann/code/api';

const before = `import Router from '@koa/router';

export const router = new Router();

router.get('/orders/:id', showOrder);`;

const after = `import Router from '@koa/router';
import { health } from './health.js';

export const router = new Router();

router.get('/healthz', health);
router.get('/orders/:id', showOrder);`;

const health = `import type { Context } from 'koa';
import { pool } from './database.js';

/** Answers 200 while the database does, so that the balancer knows where to send people. */
export async function health(context: Context): Promise<void> {
  const [{ now }] = await pool.query('SELECT now()');
  context.body = { status: 'ok', now, uptimeSec: Math.round(process.uptime()) };
}`;

const answer = `The route is there: \`GET /healthz\` answers **200** while the database does.

| Case | Answer |
|---|---|
| database answers | \`200 { "status": "ok" }\` |
| database is away | \`503\`, from the error handler |

Two things you may want to know:

1. It asks the database on every call. Balancers ask every few seconds, so that is cheap.
2. It stands **before** the authentication, as balancers have no key.`;

const tokens = {
  inputTokens: 18_400,
  outputTokens: 5_230,
  cacheReadTokens: 212_000,
  cacheCreationTokens: 14_100,
};

/** The session the screenshots open: a thread of two, the second one finished. @returns its id */
export async function healthSession(fleet: Fleet, mac: ScriptedRunner): Promise<string> {
  const first = await fleet.launch({
    prompt: 'Where are the routes of this service defined, and which of them need no key?',
    cwd: api,
    runnerId: mac.id,
    labels: ['ops'],
  });
  const asked = await mac.take();
  await asked.say(assistant('All of them are in `src/routes.ts`; only `/login` needs no key.'));
  await asked.finish({
    status: 'SUCCEEDED',
    result: 'All of them are in src/routes.ts.',
    agentSessionId: '7c1f2a90-3f2b-4c1e-9a57-0d6c1f0b2f11',
    numTurns: 3,
    costUsd: 0.06,
    usage: { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 0.06 } } },
  });
  const second = await fleet.followUp(
    first.id,
    'Add a health check route the load balancer can ask, with a test.',
  );
  const held = await mac.take();
  await held.say(
    thinking('The balancer has no key, so the route must stand before the authentication middleware.'),
    assistant('I look at how the routes are put together first.'),
    ...toolCall('Read src/routes.ts', 'Read', { file_path: `${api}/src/routes.ts` }, before),
    ...toolCall(
      'Grep authenticate',
      'Grep',
      { pattern: 'authenticate', path: 'src' },
      'src/server.ts:14\nsrc/auth.ts:9',
    ),
    ...toolCall(
      'Write src/health.ts',
      'Write',
      { file_path: `${api}/src/health.ts`, content: health },
      'File created',
    ),
    ...toolCall(
      'Edit src/routes.ts',
      'Edit',
      { file_path: `${api}/src/routes.ts`, old_string: before, new_string: after },
      'The file was changed.',
    ),
    ...toolCall(
      'Bash npm test -- health',
      'Bash',
      { command: 'npm test -- health', description: 'Run the new test' },
      ' ✓ answers 200 while the database does (12 ms)\n ✓ answers 503 when the database is away (31 ms)\n\n Tests  2 passed (2)',
    ),
    assistant(answer),
  );
  await held.finish({
    status: 'SUCCEEDED',
    result: answer,
    agentSessionId: '7c1f2a90-3f2b-4c1e-9a57-0d6c1f0b2f11',
    numTurns: 9,
    costUsd: 0.34,
    usage: { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 0.34 } } },
  });
  return second.id;
}

/** A session that waits for a person, for two tools at once. @returns its id */
export async function waitingSession(fleet: Fleet, mac: ScriptedRunner): Promise<string> {
  const { id } = await fleet.launch({
    prompt: 'Let people pay an order in two parts, and keep both receipts',
    cwd: '/Users/ann/code/checkout',
    runnerId: mac.id,
    labels: ['checkout'],
  });
  const held = await mac.take();
  await held.say(
    thinking('An order has one receipt. It needs a list of them, and the migration for that comes first.'),
    assistant(
      'An order holds one receipt today. I make that a list, then run the migration on the test database.',
    ),
  );
  await held.ask({
    tool: 'Edit',
    message: 'Edit src/order.ts',
    input: {
      file_path: '/Users/ann/code/checkout/src/order.ts',
      old_string: 'export interface Order {\n  id: string;\n  receipt: Receipt | null;\n}',
      new_string:
        'export interface Order {\n  id: string;\n  /** In the order they were paid. */\n  receipts: Receipt[];\n}',
    },
    waitSec: 1_500,
  });
  await held.ask({
    tool: 'Bash',
    message: 'Bash npm run migrate -- --database checkout_test',
    input: {
      command: 'npm run migrate -- --database checkout_test',
      description: 'Migrate the test database',
    },
    sessionGrant: 'Bash(npm run migrate:*)',
    waitSec: 1_500,
  });
  return id;
}

/** A session whose Claude has questions. @returns its id */
export async function askingSession(fleet: Fleet, mac: ScriptedRunner): Promise<string> {
  const { id } = await fleet.launch({
    prompt: 'Send customers a message when their parcel leaves the house',
    cwd: '/Users/ann/code/parcels',
    runnerId: mac.id,
  });
  const held = await mac.take();
  await held.say(
    assistant('The parcel’s state is already known when it is scanned. Two things I cannot know:'),
  );
  await held.ask({
    tool: 'AskUserQuestion',
    message: 'AskUserQuestion Which way shall the message go?',
    input: {
      questions: [
        {
          header: 'Channel',
          question: 'Which way shall the message go?',
          options: [
            { label: 'E-mail', description: 'Every customer has an address' },
            { label: 'Text message', description: 'Read sooner; costs 0.07 € each' },
          ],
          multiSelect: true,
        },
        {
          header: 'Language',
          question: 'What if a customer’s language is not known?',
          options: [
            { label: 'English', description: 'As everywhere in the shop' },
            { label: 'The language of the country', description: 'A guess, mostly right' },
          ],
          multiSelect: false,
        },
      ],
    },
    waitSec: 1_500,
  });
  return id;
}

/** What goes on right now on the other machines: two at work, one that waits, one that failed. */
export async function presentWork(
  fleet: Fleet,
  build: ScriptedRunner,
  studio: ScriptedRunner,
): Promise<HeldRun[]> {
  await fleet.launch({
    prompt: 'Run the whole test suite against PostgreSQL 18 and mend what fails',
    cwd: '/srv/code/importer',
    runnerId: build.id,
    permissionMode: 'acceptEdits',
    labels: ['nightly', 'database'],
  });
  const suite = await build.take();
  await suite.say(
    assistant('412 of 418 tests pass. The six that fail all use `to_char` with a time zone.'),
    ...toolCall('Bash npm test', 'Bash', { command: 'npm test' }, '6 failed, 412 passed', true),
  );
  await fleet.launch({
    prompt: 'Shrink the hero images of the landing page below 120 KB without a visible loss',
    cwd: 'C:\\Users\\ann\\code\\web',
    runnerId: studio.id,
    labels: ['design'],
  });
  const images = await studio.take();
  await images.say(assistant('Nine images are larger than that; the largest has 1.8 MB.'));
  await fleet.launch({
    prompt: 'Publish 5.2.0 to the registry once the changelog is complete',
    cwd: '/srv/code/mobile',
    runnerId: build.id,
    labels: ['release'],
  });
  const publish = await build.take();
  await publish.say(assistant('The registry refuses the upload.'));
  await publish.finish({
    status: 'FAILED',
    failure: {
      code: 'agent_error',
      message: 'npm publish ended with 403: two-factor authentication is needed',
    },
    numTurns: 6,
    costUsd: 0.11,
    usage: { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 0.11 } } },
  });
  await fleet.launch({
    prompt: 'Compare the two candidate queue libraries and recommend one',
    cwd: '/home/ann/research',
    permissionMode: 'plan',
    labels: ['research'],
  });
  return [suite, images];
}
