import { app } from './app/app.js';
import { daemon } from './daemon.js';
import { dashboard } from './dashboard.js';
import { busy } from './dashboard-busy.js';
import { embedded } from './embedded.js';
import { growth } from './growth/growth.js';
import { load } from './load/load.js';
import { log } from './log.js';
import { neighbours } from './neighbours/neighbours.js';
import { queue } from './queue/queue.js';
import type { Row } from './report.js';
import { scale } from './scale.js';
import { session } from './session.js';
import { storm } from './storm.js';
import { wire } from './wire.js';

/** Every suite by the name that `--only` takes. */
export const suites: Record<string, () => AsyncGenerator<Row>> = {
  session,
  daemon,
  queue,
  growth,
  log,
  load,
  scale,
  neighbours,
  storm,
  embedded,
  app,
  dashboard,
  busy,
  wire,
};
