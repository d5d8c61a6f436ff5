import type { Logger } from 'pino';
import type { Approvals } from '../approvals/approvals.js';
import type { Authenticator } from '../auth/authenticator.js';
import type { RunnerKeys } from '../auth/runner-keys.js';
import type { SignInCodes } from '../auth/sign-in-codes.js';
import type { RunnerWatch } from '../changes/runner-watch.js';
import type { Database } from '../db/database.js';
import type { SchemaWatch } from '../db/schema-watch.js';
import type { EventLog } from '../eventlog/eventlog.js';
import type { Inquiries } from '../inquiries/inquiries.js';
import type { Metrics } from '../observability/metrics.js';
import type { Troubles } from '../observability/troubles.js';
import type { Partials } from '../partials/partials.js';
import type { Queue } from '../queue/queue.js';
import type { Crowd } from './crowd.js';
import type { OpenAnswers } from './open-answers.js';
import type { Orders } from './orders.js';
import type { ClientAddress } from './origin.js';
import type { Questions } from './questions.js';

/** Files the server offers besides the API. */
export interface Pages {
  /** The built dashboard. */
  dashboardDir: string;
  /** The built daemon, one file. */
  daemonFile: string;
  version: string;
}

/** What the control API is made of. */
export interface AppOptions {
  database: Database;
  queue: Queue;
  eventLog: EventLog;
  partials: Partials;
  inquiries: Inquiries;
  approvals: Approvals;
  authenticator: Authenticator;
  runnerKeys: RunnerKeys;
  signInCodes: SignInCodes;
  openAnswers: OpenAnswers;
  questions: Questions;
  orders: Orders;
  crowd: Crowd;
  runnerWatch: RunnerWatch;
  /** How often an idle stream says that it lives, ms. */
  streamHeartbeatMs: number;
  metrics: Metrics;
  troubles: Troubles;
  schema: SchemaWatch;
  /** Who has it may read the metrics; without one they are for this computer alone. */
  metricsToken: string | undefined;
  log: Logger;
  clientAddress: ClientAddress | undefined;
  pages: Pages;
  /** It listens on this computer alone, so that only its own names may be asked for. */
  loopbackOnly: boolean;
  /** Aborts when the server is about to close: it answers on, and sends proxies and kept connections away. */
  leaving: AbortSignal;
  /** Aborts when the server closes: whoever waits is answered, streams end. */
  closing: AbortSignal;
}
