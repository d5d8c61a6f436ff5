/**
 * The one contract of AgentFleet: every request and response shape, error code and route, as zod schemas.
 * Server, runner, dashboard, tests and the generated OpenAPI document all read it from here.
 */

export * from './api-key-format.js';
export * from './api-keys.js';
export * from './approvals.js';
export * from './audit.js';
export * from './changes.js';
export * from './directories.js';
export * from './errors.js';
export * from './events.js';
export * from './failures.js';
export * from './headers.js';
export * from './hidden-characters.js';
export { hideSecrets } from './hide-secrets.js';
export * from './ids.js';
export * from './images.js';
export * from './inquiries.js';
export * from './lists.js';
export * from './local-runner.js';
export * from './me.js';
export * from './meter.js';
export * from './orgs.js';
// What needs no schema stands in files without one: the dashboard's first load has no schemas in it.
export * from './plain/audit-csv.js';
export * from './plain/audit-words.js';
export * from './plain/csv.js';
export * from './plain/ends-partial.js';
export * from './plain/hidden-parts.js';
export * from './plain/id-pattern.js';
export * from './plain/image-words.js';
export * from './plain/pause-words.js';
export * from './plain/run-words.js';
export * from './plain/scope-words.js';
export * from './plain/storable.js';
export * from './process-figures.js';
export * from './queue.js';
export * from './reading.js';
export * from './refusals.js';
export { isRevalidated, type Route } from './route.js';
export * from './routes.js';
export * from './runner-protocol.js';
export * from './runners.js';
export * from './runs.js';
export * from './scopes.js';
export * from './sessions.js';
export * from './sign-ins.js';
export * from './text.js';
export * from './usage.js';
export * from './versions.js';
