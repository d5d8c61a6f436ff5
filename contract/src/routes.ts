import * as z from 'zod';
import { ApiKey, CreateApiKey, CreatedApiKey } from './api-keys.js';
import { Approval, ApprovalRow, ApprovalsQuery, DecideApproval } from './approvals.js';
import { auditRoutes } from './audit.js';
import { Changes, ChangesQuery } from './changes.js';
import { EventsPage, EventsQuery } from './events.js';
import { ApiKeyId, ApprovalId } from './ids.js';
import { onImage } from './images.js';
import { Folders, FoldersQuery } from './inquiries.js';
import { PageQuery, pageOf } from './lists.js';
import { Me } from './me.js';
import { Org, UpdateOrg } from './orgs.js';
import { imageTypes } from './plain/image-words.js';
import { Queue } from './queue.js';
import { onRun, onRunner, type Route } from './route.js';
import { runnerRoutes } from './runner-routes.js';
import { PauseRunner, Runner, RunnersQuery, RunnerWithSessions } from './runners.js';
import {
  CreateFollowup,
  CreateRun,
  DeleteRunQuery,
  Run,
  RunQuery,
  RunRow,
  RunsQuery,
  RunWithLogs,
  UpdateRun,
} from './runs.js';
import { BrowserSession, CreateBrowserSession } from './sessions.js';
import { signInRoutes } from './sign-in-routes.js';
import { UsageQuery, UsageReport } from './usage.js';

const onKey = z.strictObject({ id: ApiKeyId });
const onApproval = z.strictObject({ id: ApprovalId });
const nothing = z.strictObject({});

/** Every endpoint of the API. The server mounts exactly these; a test calls each one of them. */
export const routes = {
  listRunners: {
    method: 'GET',
    path: '/runners',
    scope: 'runs:read',
    tag: 'Runners',
    summary: 'List your runners',
    query: RunnersQuery,
    response: pageOf(Runner),
    status: 200,
    ofOwnRunner: true,
    costly: true,
  },
  getRunner: {
    method: 'GET',
    path: '/runners/:id',
    scope: 'runs:read',
    tag: 'Runners',
    summary: 'Runner detail + sessions',
    params: onRunner,
    response: RunnerWithSessions,
    status: 200,
    ofOwnRunner: true,
    costly: true,
  },
  listFolders: {
    method: 'GET',
    path: '/runners/:id/folders',
    scope: 'runs:write',
    tag: 'Runners',
    summary:
      'List the folders that are there on a runner, within what it allows: it is asked, and answers for itself',
    params: onRunner,
    query: FoldersQuery,
    response: Folders,
    status: 200,
    refuses: [
      ...(['RUNNER_OFFLINE', 'RUNNER_TOO_OLD', 'RUNNER_SILENT'] as const),
      ...(['FOLDER_NOT_ALLOWED', 'FOLDER_NOT_FOUND', 'FOLDER_UNREADABLE'] as const),
    ],
    ofOwnRunner: true,
  },
  deleteRunner: {
    method: 'DELETE',
    path: '/runners/:id',
    scope: 'admin',
    tag: 'Runners',
    summary:
      'Forget a runner that is gone for good; its sessions stay, and end as lost where they are out of reach',
    params: onRunner,
    response: Runner,
    status: 200,
    refuses: ['RUNNER_BUSY'],
  },
  pauseRunner: {
    method: 'POST',
    path: '/runners/:id/pause',
    scope: 'runs:write',
    tag: 'Runners',
    summary: 'Let a runner finish what runs and take nothing new',
    params: onRunner,
    body: PauseRunner,
    response: Runner,
    status: 200,
    ofOwnRunner: true,
  },
  resumeRunner: {
    method: 'POST',
    path: '/runners/:id/resume',
    scope: 'runs:write',
    tag: 'Runners',
    summary: 'Let a paused runner take runs again',
    params: onRunner,
    body: nothing,
    response: Runner,
    status: 200,
    ofOwnRunner: true,
  },
  revokeRunnerCredential: {
    method: 'DELETE',
    path: '/runners/:id/credential',
    scope: 'admin',
    tag: 'Runners',
    summary: 'Revoke a runner’s own credential at once; its machine enrols again with a key that may',
    params: onRunner,
    response: Runner,
    status: 200,
  },
  createRun: {
    method: 'POST',
    path: '/runs',
    scope: 'runs:write',
    tag: 'Sessions',
    summary: 'Launch a session (enqueues)',
    body: CreateRun,
    maxBodyBytes: 4 * 1024 * 1024,
    response: Run,
    status: 201,
    refuses: ['NOT_FOUND'],
    idempotent: true,
  },
  listRuns: {
    method: 'GET',
    path: '/runs',
    scope: 'runs:read',
    tag: 'Sessions',
    summary: 'List sessions, newest first',
    query: RunsQuery,
    response: pageOf(RunRow),
    status: 200,
    ofOwnRunner: true,
    costly: true,
  },
  getRun: {
    method: 'GET',
    path: '/runs/:id',
    scope: 'runs:read',
    tag: 'Sessions',
    summary: 'Get a session incl. logs',
    params: onRun,
    query: RunQuery,
    response: RunWithLogs,
    status: 200,
    ofOwnRunner: true,
  },
  tailRun: {
    method: 'GET',
    path: '/runs/:id/events',
    scope: 'runs:read',
    tag: 'Sessions',
    summary: 'Stream session output',
    params: onRun,
    query: EventsQuery,
    response: EventsPage,
    status: 200,
    ofOwnRunner: true,
    stream: 'also',
    costly: 'tools',
  },
  getEventImage: {
    method: 'GET',
    path: '/runs/:id/events/:seq/images/:index',
    scope: 'runs:read',
    tag: 'Sessions',
    summary: 'An image of the session’s log, as bytes',
    params: onImage,
    response: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    status: 200,
    ofOwnRunner: true,
    bytes: imageTypes,
  },
  followUp: {
    method: 'POST',
    path: '/runs/:id/followup',
    scope: 'runs:write',
    tag: 'Sessions',
    summary: 'Resume with a follow-up',
    params: onRun,
    body: CreateFollowup,
    maxBodyBytes: 4 * 1024 * 1024,
    response: Run,
    status: 201,
    refuses: ['NO_SESSION_TO_RESUME'],
    idempotent: true,
  },
  cancelRun: {
    method: 'POST',
    path: '/runs/:id/cancel',
    scope: 'runs:write',
    tag: 'Sessions',
    summary: 'Cancel a session, queued or running',
    params: onRun,
    body: nothing,
    response: Run,
    status: 200,
    ofOwnRunner: true,
    refuses: ['RUN_FINISHED'],
  },
  updateRun: {
    method: 'PATCH',
    path: '/runs/:id',
    scope: 'runs:write',
    tag: 'Sessions',
    summary: 'Change the labels of a session, or whether it shares its directory',
    params: onRun,
    body: UpdateRun,
    response: Run,
    status: 200,
  },
  deleteRun: {
    method: 'DELETE',
    path: '/runs/:id',
    scope: 'admin',
    tag: 'Sessions',
    summary:
      'Delete a session with its log and approvals, for good; what it cost stays counted. 202 where it is cancelled first and its runner has not ended it yet: it is deleted then',
    params: onRun,
    query: DeleteRunQuery,
    response: Run,
    status: 202,
    done: 204,
    refuses: ['RUN_ACTIVE'],
  },
  listApprovals: {
    method: 'GET',
    path: '/approvals',
    scope: 'runs:read',
    tag: 'Approvals',
    summary: 'List tool permissions that sessions asked for, newest first',
    query: ApprovalsQuery,
    response: pageOf(ApprovalRow),
    status: 200,
    ofOwnRunner: true,
    costly: true,
  },
  getApproval: {
    method: 'GET',
    path: '/approvals/:id',
    scope: 'runs:read',
    tag: 'Approvals',
    summary: 'Get one of them',
    params: onApproval,
    response: Approval,
    status: 200,
    ofOwnRunner: true,
  },
  decideApproval: {
    method: 'POST',
    path: '/approvals/:id/decision',
    scope: 'runs:write',
    tag: 'Approvals',
    summary: 'Allow or deny a tool that waits',
    params: onApproval,
    body: DecideApproval,
    response: Approval,
    status: 200,
    ofOwnRunner: true,
    refuses: ['APPROVAL_CLOSED'],
  },
  getQueue: {
    method: 'GET',
    path: '/queue',
    scope: 'runs:read',
    tag: 'Queue',
    summary: 'The queue at a glance',
    response: Queue,
    status: 200,
    costly: true,
  },
  streamChanges: {
    method: 'GET',
    path: '/stream',
    scope: 'runs:read',
    tag: 'Sessions',
    summary: 'Stream what changes: runs, approvals and runners, by id',
    query: ChangesQuery,
    response: Changes,
    status: 200,
    ofOwnRunner: true,
    stream: 'only',
  },
  getUsage: {
    method: 'GET',
    path: '/usage',
    scope: 'runs:read',
    tag: 'Usage',
    summary: 'Cost and tokens by day, runner, directory, model, label or API key',
    query: UsageQuery,
    response: UsageReport,
    status: 200,
    costly: true,
  },
  listApiKeys: {
    method: 'GET',
    path: '/api-keys',
    scope: 'admin',
    tag: 'API keys',
    summary: 'List API keys, newest first',
    query: PageQuery,
    response: pageOf(ApiKey),
    status: 200,
  },
  createApiKey: {
    method: 'POST',
    path: '/api-keys',
    scope: 'admin',
    tag: 'API keys',
    summary: 'Create an API key; the key is shown this once',
    body: CreateApiKey,
    response: CreatedApiKey,
    status: 201,
    idempotent: true,
    secret: true,
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/api-keys/:id',
    scope: 'admin',
    tag: 'API keys',
    summary: 'Revoke an API key at once',
    params: onKey,
    response: ApiKey,
    status: 200,
  },
  getMe: {
    method: 'GET',
    path: '/me',
    scope: 'any',
    tag: 'Account',
    summary: 'The org and the key behind the credentials',
    response: Me,
    status: 200,
  },
  updateOrg: {
    method: 'POST',
    path: '/org',
    scope: 'admin',
    tag: 'Account',
    summary: 'Change what the org requires of its runners',
    body: UpdateOrg,
    response: Org,
    status: 200,
  },
  createBrowserSession: {
    method: 'POST',
    path: '/session',
    scope: 'public',
    tag: 'Account',
    summary: 'Sign in to the dashboard: exchange an API key for a cookie session',
    body: CreateBrowserSession,
    maxBodyBytes: 4 * 1024,
    response: BrowserSession,
    status: 201,
    refuses: ['UNAUTHORIZED', 'RATE_LIMITED'],
    secret: true,
  },
  getBrowserSession: {
    method: 'GET',
    path: '/session',
    scope: 'any',
    tag: 'Account',
    summary: 'The browser session behind the cookie',
    response: BrowserSession,
    status: 200,
    secret: true,
  },
  deleteBrowserSession: {
    method: 'DELETE',
    path: '/session',
    scope: 'any',
    tag: 'Account',
    summary: 'Sign out everywhere: end every browser session of the key',
    response: nothing,
    status: 200,
  },
  ...auditRoutes,
  ...signInRoutes,
  ...runnerRoutes,
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
type Routes = typeof routes;

/** The JSON a route's body parses to; `never` for a route without one. */
export type BodyOf<Name extends RouteName> = Routes[Name] extends { body: infer B extends z.ZodType }
  ? z.output<B>
  : never;
/** The JSON a caller sends to a route, before defaults are filled in. */
export type BodyInputOf<Name extends RouteName> = Routes[Name] extends { body: infer B extends z.ZodType }
  ? z.input<B>
  : never;
/** A route's parsed query. */
export type QueryOf<Name extends RouteName> = Routes[Name] extends { query: infer Q extends z.ZodType }
  ? z.output<Q>
  : never;
/** What a route answers. */
export type ResponseOf<Name extends RouteName> = z.output<Routes[Name]['response']>;
