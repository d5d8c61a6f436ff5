import { randomUUID } from 'node:crypto';
import {
  apiBase,
  headers,
  isRevalidated,
  type RouteName,
  routes,
  runnerProtocolVersion,
} from '@agentfleet/contract';
import Router from '@koa/router';
import Koa from 'koa';
import { idempotently } from '../auth/idempotency.js';
import { admitToOwn } from '../auth/windows.js';
import { troubles } from '../db/trouble.js';
import { ApiError, noSuchEndpoint, unavailable } from '../errors.js';
import { sendDashboard } from '../routes/dashboard.js';
import type { Handlers } from '../routes/handler.js';
import { handlers } from '../routes/handlers.js';
import { mountPages } from '../routes/pages.js';
import type { AppOptions } from './app-options.js';
import { CallerLeft, callerLeftStatus } from './caller-left.js';
import { checkAccept } from './check-accept.js';
import { checkHost } from './check-host.js';
import type { Context, State } from './context.js';
import { fewUnfinished } from './few-unfinished.js';
import { lightAnswers } from './light-answers.js';
import { lightPage } from './light-pages.js';
import { isOrder } from './orders.js';
import { notedAddress } from './origin.js';
import { isCostly } from './questions.js';
import { readBody } from './read-body.js';
import { parseInput } from './validate.js';

/** As after any outage: room may be made at any moment, and who is refused again and again waits longer by himself, s. */
const fullRetrySec = 2;

/** The whole control API: exactly the routes of the contract, and the pages around them. */
export function createApp(options: AppOptions): Koa<State> {
  const app = new Koa<State>();
  const router = new Router<State>({ sensitive: true, strict: true });
  for (const name of Object.keys(routes) as RouteName[]) mount(router, name, options);
  mountPages(router, options);
  app.use(requestScope(options));
  app.use(lightAnswers);
  app.use(refuseStrangeTarget);
  if (options.loopbackOnly) app.use(checkHost);
  app.use(router.routes());
  app.use(answerRest(router, options.pages.dashboardDir));
  return app;
}

/** Request id, log line, metrics and the error envelope: what every answer has. */
function requestScope(options: AppOptions): Koa.Middleware<State> {
  const { log, metrics, schema, leaving, clientAddress } = options;
  return async (context, next) => {
    const began = performance.now();
    context.state.requestId = `req_${randomUUID().replaceAll('-', '')}`;
    context.state.address = notedAddress(context, clientAddress);
    context.set(headers.requestId, context.state.requestId);
    context.set('X-Content-Type-Options', 'nosniff');
    try {
      await next();
    } catch (error) {
      answerError(context, (await schema.explain(error)) ?? error, options);
    } finally {
      context.state.leaveCrowd?.();
    }
    // Else a closing server would wait for connections that are kept for the next request.
    if (leaving.aborted && !context.res.headersSent) context.set('Connection', 'close');
    const ms = performance.now() - began;
    const route = context.state.route ?? 'none';
    metrics.request(context.method, route, context.status, ms);
    const { requestId } = context.state;
    const line = { requestId, method: context.method, route, status: context.status, ms: Math.round(ms) };
    log.info({ ...line, ...whoAndWhat(context) }, 'request');
  };
}

/** Versions that clients tell of themselves, as far as they look like one. */
const isVersion = /^[\w.+-]{1,50}$/;

/** What a line of the log has of who asked, and for what; undefined is left out. */
function whoAndWhat(context: Context) {
  const { state } = context;
  const { caller, address, runId, runnerId = caller?.key.runnerId ?? undefined } = state;
  const version = context.get(headers.runnerVersion);
  return {
    orgId: caller?.org.id,
    keyId: caller?.key.id,
    runId,
    runnerId,
    clientVersion: isVersion.test(version) ? version : undefined,
    address,
  };
}

function answerError(context: Context, error: unknown, options: AppOptions): void {
  if (error instanceof CallerLeft) {
    context.status = callerLeftStatus;
    context.body = '';
    return;
  }
  const refusal = refusalOf(error, context.state.requestId, options);
  context.set('Cache-Control', 'no-store');
  if (refusal.code === 'UNAUTHORIZED') context.set('WWW-Authenticate', 'Bearer');
  if (refusal.retryAfterSec !== undefined) context.set('Retry-After', String(refusal.retryAfterSec));
  context.status = refusal.status;
  context.body = refusal.envelope();
}

function refusalOf(error: unknown, requestId: string, { log, troubles: found }: AppOptions): ApiError {
  if (error instanceof ApiError) return error;
  const trouble = found.note(error);
  if (trouble === 'full') {
    return new ApiError('INSUFFICIENT_STORAGE', troubles.full, undefined, fullRetrySec);
  }
  if (trouble !== undefined) return unavailable(troubles[trouble]);
  log.error({ requestId, err: error }, 'request failed');
  return new ApiError('INTERNAL', `Something went wrong on the server. Its log has it under ${requestId}`);
}

function mount(router: Router<State>, name: RouteName, options: AppOptions): void {
  const route: import('@agentfleet/contract').Route = routes[name];
  const handler = handlers[name] as Handlers[RouteName];
  const path = apiBase + route.path;
  router.register(path, [route.method.toLowerCase()], async (context: Context & { params: object }) => {
    context.state.route = path;
    context.state.asIs = route.secret === true || route.runnerProtocol === true;
    // Who may read it may keep it, and asks each time whether it still is so.
    context.set('Cache-Control', isRevalidated(route) ? 'private, no-cache' : 'no-store');
    if (route.stream === 'also') context.vary('Accept');
    if (route.scope !== 'public') {
      context.state.caller = await options.authenticator.authenticate(context, route.scope, {
        // Who is at the end of a limit must be able to leave.
        isCounted: name !== 'deleteBrowserSession',
        ofOwnRunner: route.ofOwnRunner === true,
      });
      context.state.leaveCrowd = options.crowd.enter(context.state.caller.org.id);
    }
    checkAccept(context, route);
    if (route.runnerProtocol) checkProtocol(context);
    const read = () => readBody(context, route.maxBodyBytes ?? 1024 * 1024);
    const body = !route.body
      ? undefined
      : await (route.scope === 'public' ? fewUnfinished(context, read) : read());
    const input = parseInput(route, context.params, context.query, body);
    const { caller } = context.state;
    const { id } = (input.params ?? {}) as { id?: string };
    noteSubject(context.state, route.path, id);
    if (caller?.onlyRunner && id !== undefined)
      await admitToOwn(options.database, caller, caller.onlyRunner, route.path, id);
    const work = (newId?: string) =>
      (handler as (request: unknown) => Promise<unknown>)({ context, options, newId, ...input });
    const once = () =>
      route.idempotent ? idempotently(options.database, context, name, input.body, work) : work();
    const answer = isCostly(route, input.query)
      ? await options.questions.answer(context, work)
      : isOrder(route)
        ? await options.orders.carryOut(context, once)
        : await once();
    if (answer === undefined) {
      // Else it has answered by itself, as a stream.
      if (route.done) context.status = route.done;
      return;
    }
    if (route.status === 201 || name === 'registerRunner')
      noteSubject(context.state, route.path, (answer as { id?: string }).id);
    context.status = route.status;
    context.body = lightPage(answer);
  });
}

/** For the log. @param id of what the path is about, or of what was made there */
function noteSubject(state: State, path: string, id: string | undefined): void {
  if (id === undefined) return;
  if (path.startsWith('/runs')) state.runId = id;
  if (path.startsWith('/runners')) state.runnerId = id;
}

function checkProtocol(context: Context): void {
  const spoken = Number(context.get(headers.runnerProtocol));
  if (spoken >= runnerProtocolVersion) return;
  throw new ApiError(
    'RUNNER_OUTDATED',
    `This server needs runner protocol ${runnerProtocolVersion}. Fetch the current runner from /agentfleet-runner.mjs and start it again.`,
  );
}

/**
 * What is no path cannot be routed: `*`, or the address of another server as a proxy is asked for it. What is encoded wrongly
 * would be read as something that nobody asked for.
 */
const refuseStrangeTarget: Koa.Middleware<State> = async (context, next) => {
  const { url = '' } = context.req;
  if (!url.startsWith('/')) throw noSuchEndpoint();
  try {
    decodeURIComponent(url);
  } catch {
    throw new ApiError('VALIDATION_FAILED', 'The address has percent-encoding that is not UTF-8');
  }
  await next();
};

/** A known path with another method is 405 with Allow; beside the API lies the dashboard; everything else is 404. */
function answerRest(router: Router<State>, dashboardDir: string): Koa.Middleware<State> {
  return async (context) => {
    const known = router.match(context.path, context.method).path;
    if (known.length > 0) {
      const allowed = [...new Set(known.flatMap((layer) => layer.methods))].join(', ');
      context.set('Allow', allowed);
      throw new ApiError('METHOD_NOT_ALLOWED', `This endpoint answers ${allowed}`);
    }
    const reading = context.method === 'GET' || context.method === 'HEAD';
    if (!reading || context.path.startsWith('/api/')) throw noSuchEndpoint();
    await sendDashboard(context, dashboardDir);
  };
}
