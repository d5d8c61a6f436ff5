import type {
  ApiKey,
  Approval,
  BodyInputOf,
  BrowserSession,
  CreateBrowserSession,
  Event,
  Folders,
  Org,
  PartialText,
  Queue,
  ResponseOf,
  RouteName,
  Run,
  Runner,
  RunnerWithSessions,
  SignIn,
  UsageReport,
} from '@agentfleet/contract';
import { headers, signedInCookie } from '@agentfleet/contract';
import { download } from '../ui/download.js';
import { followChanges } from './follow-changes.js';
import { followEvents } from './follow-events.js';
import { HttpClient, type HttpRequest, sessionPath } from './http-client.js';
import {
  type ApprovalsFilter,
  type ChangesListener,
  type EventsPage,
  type FollowEnd,
  type RunsFilter,
  type Transport,
  TransportError,
  type UsageFilter,
} from './transport.js';

/** The transport of a browser: the control API of the page's own origin, with a cookie session. */
export class HttpTransport implements Transport {
  readonly #http: HttpClient;
  readonly #reachable = new Set<(reachable: boolean) => void>();
  readonly #signedOut = new Set<() => void>();
  #isReachable = true;

  constructor(
    fetchImpl: typeof fetch = (...args) => fetch(...args),
    private readonly origin = '',
  ) {
    this.#http = new HttpClient(fetchImpl, origin);
  }

  serverUrl(): string {
    return this.origin || location.origin;
  }

  async saveFile(name: string, type: string, text: string): Promise<void> {
    download(name, type, text);
  }

  async me(): Promise<BrowserSession | null> {
    if (!mayBeSignedIn()) return null;
    try {
      return this.#remember(await this.#call('getBrowserSession', { path: sessionPath }, true));
    } catch (error) {
      if (error instanceof TransportError && error.code === 'UNAUTHORIZED') return null;
      throw error;
    }
  }

  async signIn(body: CreateBrowserSession): Promise<BrowserSession> {
    return this.#remember(
      await this.#call('createBrowserSession', { method: 'POST', path: sessionPath, body }, true),
    );
  }

  async signOut(): Promise<void> {
    await this.#noting(this.#http.leave(), true);
  }

  listRuns(filter: RunsFilter): Promise<ResponseOf<'listRuns'>> {
    const query = new URLSearchParams();
    if (filter.status?.length) query.set('status', filter.status.join(','));
    if (filter.q?.trim()) query.set('q', filter.q.trim());
    if (filter.threadId) query.set('threadId', filter.threadId);
    if (filter.runnerId) query.set('runnerId', filter.runnerId);
    if (filter.cwd?.trim()) query.set('cwd', filter.cwd.trim());
    if (filter.label?.trim()) query.set('label', filter.label.trim());
    if (filter.createdAfter) query.set('createdAfter', filter.createdAfter);
    if (filter.createdBefore) query.set('createdBefore', filter.createdBefore);
    if (filter.waiting) query.set('waiting', 'true');
    if (filter.ids) query.set('ids', filter.ids.join(','));
    if (filter.cursor) query.set('cursor', filter.cursor);
    query.set('limit', String(filter.limit ?? 50));
    return this.#call('listRuns', { path: `/runs?${query}` });
  }

  getRun(runId: string): Promise<Run> {
    return this.#call('getRun', { path: `/runs/${encodeURIComponent(runId)}?logs=0` });
  }

  async readEvents(runId: string, page: EventsPage): Promise<Event[]> {
    const query = new URLSearchParams(Object.entries(page).map(([name, value]) => [name, String(value)]));
    const path = `/runs/${encodeURIComponent(runId)}/events?${query}`;
    return (await this.#call('tailRun', { path })).data;
  }

  followEvents(
    runId: string,
    after: number,
    onBatch: (events: readonly Event[]) => void,
    onEnd: (end: FollowEnd) => void,
    onPartial?: (piece: PartialText) => void,
  ): () => void {
    const reached = (error?: TransportError) => this.#note(error);
    return followEvents({
      http: this.#http,
      runId: encodeURIComponent(runId),
      after,
      onBatch,
      onEnd,
      onPartial,
      reached,
    });
  }

  followChanges(since: number, { changed, everything }: ChangesListener): () => void {
    const reached = (error?: TransportError) => this.#note(error);
    return followChanges({ http: this.#http, since, changed, everything, reached });
  }

  imageAddress(address: string): string {
    return address.startsWith('/') ? this.origin + address : address;
  }

  getSignIn(code: string): Promise<SignIn> {
    return this.#call('getSignIn', { path: `/sign-ins/${encodeURIComponent(code)}` });
  }

  decideSignIn(code: string, body: BodyInputOf<'decideSignIn'>): Promise<SignIn> {
    const path = `/sign-ins/${encodeURIComponent(code)}/decision`;
    return this.#call('decideSignIn', { method: 'POST', path, body });
  }

  createRun(body: BodyInputOf<'createRun'>): Promise<Run> {
    return this.#create('createRun', '/runs', body);
  }

  followUp(parentRunId: string, body: BodyInputOf<'followUp'>): Promise<Run> {
    return this.#create('followUp', `/runs/${encodeURIComponent(parentRunId)}/followup`, body);
  }

  cancelRun(runId: string): Promise<Run> {
    return this.#call('cancelRun', {
      method: 'POST',
      path: `/runs/${encodeURIComponent(runId)}/cancel`,
      body: {},
    });
  }

  updateRun(runId: string, body: BodyInputOf<'updateRun'>): Promise<Run> {
    return this.#call('updateRun', { method: 'PATCH', path: `/runs/${encodeURIComponent(runId)}`, body });
  }

  deleteRun(runId: string, cancelFirst: boolean): Promise<Run | null> {
    const path = `/runs/${encodeURIComponent(runId)}${cancelFirst ? '?cancel=true' : ''}`;
    return this.#call('deleteRun', { method: 'DELETE', path });
  }

  listApprovals({ runId, state, cursor, limit }: ApprovalsFilter): Promise<ResponseOf<'listApprovals'>> {
    const query = new URLSearchParams();
    if (runId) query.set('runId', runId);
    if (state) query.set('state', state);
    if (cursor) query.set('cursor', cursor);
    query.set('limit', String(limit));
    return this.#call('listApprovals', { path: `/approvals?${query}` });
  }

  getApproval(approvalId: string): Promise<Approval> {
    return this.#call('getApproval', { path: `/approvals/${encodeURIComponent(approvalId)}` });
  }

  decideApproval(approvalId: string, decision: BodyInputOf<'decideApproval'>): Promise<Approval> {
    const path = `/approvals/${encodeURIComponent(approvalId)}/decision`;
    return this.#call('decideApproval', { method: 'POST', path, body: decision });
  }

  async listRunners(): Promise<Runner[]> {
    return this.#all('listRunners', '/runners');
  }

  getRunner(runnerId: string): Promise<RunnerWithSessions> {
    return this.#call('getRunner', { path: `/runners/${encodeURIComponent(runnerId)}` });
  }

  listFolders(runnerId: string, path: string | null, hidden: boolean): Promise<Folders> {
    const query = new URLSearchParams({ ...(path !== null && { path }), hidden: String(hidden) });
    return this.#call('listFolders', { path: `/runners/${encodeURIComponent(runnerId)}/folders?${query}` });
  }

  pauseRunner(
    runnerId: string,
    { note, forSec }: { note: string | undefined; forSec: number | null },
  ): Promise<Runner> {
    const path = `/runners/${encodeURIComponent(runnerId)}/pause`;
    return this.#call('pauseRunner', {
      method: 'POST',
      path,
      body: { ...(note && { note }), ...(forSec !== null && { forSec }) },
    });
  }

  resumeRunner(runnerId: string): Promise<Runner> {
    return this.#call('resumeRunner', {
      method: 'POST',
      path: `/runners/${encodeURIComponent(runnerId)}/resume`,
      body: {},
    });
  }

  forgetRunner(runnerId: string): Promise<Runner> {
    return this.#call('deleteRunner', { method: 'DELETE', path: `/runners/${encodeURIComponent(runnerId)}` });
  }

  revokeRunnerCredential(runnerId: string): Promise<Runner> {
    return this.#call('revokeRunnerCredential', {
      method: 'DELETE',
      path: `/runners/${encodeURIComponent(runnerId)}/credential`,
    });
  }

  updateOrg(body: BodyInputOf<'updateOrg'>): Promise<Org> {
    return this.#call('updateOrg', { method: 'POST', path: '/org', body });
  }

  queue(): Promise<Queue> {
    return this.#call('getQueue', { path: '/queue' });
  }

  usage({ from, to, byDay, by, timeZone, groups }: UsageFilter): Promise<UsageReport> {
    const query = new URLSearchParams({
      from: from.toISOString(),
      to: to.toISOString(),
      groupBy: [byDay ? 'day' : '', by ?? ''].filter(Boolean).join(','),
      timeZone,
      groups: String(groups),
    });
    return this.#call('getUsage', { path: `/usage?${query}` });
  }

  listAudit({ cursor, limit, ...filter }: Parameters<Transport['listAudit']>[0]) {
    const query = new URLSearchParams({ ...filter, ...(cursor && { cursor }), limit: String(limit) });
    return this.#call('listAudit', { path: `/audit?${query}` });
  }

  async listApiKeys(): Promise<ApiKey[]> {
    return this.#all('listApiKeys', '/api-keys');
  }

  createApiKey(body: BodyInputOf<'createApiKey'>): Promise<ResponseOf<'createApiKey'>> {
    return this.#create('createApiKey', '/api-keys', body);
  }

  revokeApiKey(keyId: string): Promise<ApiKey> {
    return this.#call('revokeApiKey', { method: 'DELETE', path: `/api-keys/${encodeURIComponent(keyId)}` });
  }

  onReachable(listener: (reachable: boolean) => void): () => void {
    this.#reachable.add(listener);
    listener(this.#isReachable);
    return () => this.#reachable.delete(listener);
  }

  onSignedOut(listener: () => void): () => void {
    this.#signedOut.add(listener);
    return () => this.#signedOut.delete(listener);
  }

  /** Every page of a list. */
  async #all<Name extends 'listRunners' | 'listApiKeys'>(name: Name, path: string) {
    const items: ResponseOf<Name>['data'][number][] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '200', ...(cursor ? { cursor } : {}) });
      const page: ResponseOf<Name> = await this.#call(name, { path: `${path}?${query}` });
      items.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }

  /** A creating POST: should its answer get lost, the same key keeps the one retry from creating twice. */
  async #create<Name extends RouteName>(name: Name, path: string, body: unknown): Promise<ResponseOf<Name>> {
    const key = { [headers.idempotencyKey]: idempotencyKey() };
    const request: HttpRequest = { method: 'POST', path, body, headers: key };
    try {
      return await this.#call(name, request);
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'UNREACHABLE')) throw error;
      return this.#call(name, request);
    }
  }

  /** @param quiet a 401 is an answer here, not the end of a session */
  #call<Name extends RouteName>(name: Name, request: HttpRequest, quiet = false): Promise<ResponseOf<Name>> {
    return this.#noting(this.#http.json(name, request), quiet);
  }

  async #noting<T>(asked: Promise<T>, quiet: boolean): Promise<T> {
    try {
      const answer = await asked;
      this.#note();
      return answer;
    } catch (error) {
      if (error instanceof TransportError) this.#note(error, quiet);
      throw error;
    }
  }

  #note(error?: TransportError, quiet = false): void {
    if (error && this.#http.hasLeft) return;
    const reachable = error?.code !== 'UNREACHABLE';
    if (reachable !== this.#isReachable) {
      this.#isReachable = reachable;
      for (const listener of this.#reachable) listener(reachable);
    }
    if (error?.code === 'UNAUTHORIZED' && !quiet) for (const listener of this.#signedOut) listener();
  }

  #remember(session: BrowserSession): BrowserSession {
    this.#http.begin(session.csrfToken);
    return session;
  }
}

/** Where pages have cookies, the session's companion tells without a request that would be refused. */
function mayBeSignedIn(): boolean {
  return typeof document === 'undefined' || document.cookie.includes(`${signedInCookie}=1`);
}

/** 128 random bits; `crypto.randomUUID` exists on https and localhost only. */
function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
