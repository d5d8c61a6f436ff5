import { timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type Router from '@koa/router';
import { sha256 } from '../auth/authenticator.js';
import type { Database } from '../db/database.js';
import { type Trouble, troubleOf, troubles } from '../db/trouble.js';
import { ApiError, unavailable } from '../errors.js';
import type { AppOptions } from '../http/app-options.js';
import type { Context, State } from '../http/context.js';
import { openApiDocument } from '../openapi/openapi.js';
import { secure, sendFile } from './files.js';

/** How long the database may take to say that it is there, ms. */
const readyMs = 3_000;

const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const swaggerFiles = new Set(['swagger-ui.css', 'swagger-ui-bundle.js']);

const referencePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentFleet API reference</title>
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/reference.css">
</head>
<body>
<main id="reference"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const referenceScript = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  filter: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;
/** There is one server, the one that is asked: its choice only takes room. */
const referenceStyle = `
body { margin: 0; }
html.dark-mode, html.dark-mode body { background: #1c2022; }
.swagger-ui .info { margin: 32px 0 16px; }
.swagger-ui .info table { display: block; overflow-x: auto; }
.swagger-ui .scheme-container { padding: 16px 0; }
.swagger-ui .scheme-container .servers-title, .swagger-ui .scheme-container .servers { display: none; }
.swagger-ui .info .markdown pre, .swagger-ui .info .renderedMarkdown pre { overflow-x: auto; }
.swagger-ui .info pre > code { display: block; padding: 12px; color: inherit; font-weight: 400; white-space: pre; }
@media (max-width: 640px) {
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; padding: 0 10px 6px; }
}
`;

/** Health, metrics, reference page and daemon. */
export function mountPages(
  router: Router<State>,
  { pages, database, metrics, schema, metricsToken, loopbackOnly, leaving }: AppOptions,
): void {
  const openApi = JSON.stringify(openApiDocument(pages.version));
  const get = (
    path: string,
    answer: (context: Context & { params: Record<string, string> }) => Promise<void>,
  ) =>
    router.get(path, async (context) => {
      context.state.route = path;
      secure(context);
      await answer(context);
    });

  get('/healthz', async (context) => {
    if (database.lost.aborted) throw unavailable((database.lost.reason as Error).message);
    context.body = { status: 'ok' };
  });
  get('/readyz', async (context) => {
    if (leaving.aborted) throw unavailable('The server is shutting down');
    const trouble = await troubleWith(database);
    if (trouble !== undefined) throw unavailable(troubles[trouble]);
    context.body = { status: 'ready', ...(schema.sentence && { warning: schema.sentence }) };
  });
  get('/metrics', async (context) => {
    if (metricsToken === undefined && !loopbackOnly) {
      throw new ApiError('FORBIDDEN', 'Set METRICS_TOKEN on the server, and send it as a Bearer token');
    }
    if (metricsToken !== undefined && !carries(context, metricsToken)) {
      throw new ApiError('UNAUTHORIZED', 'Authentication required');
    }
    context.type = 'text/plain; version=0.0.4';
    context.body = await metrics.text();
  });
  get('/api/v1/openapi.json', async (context) => {
    context.set('Cache-Control', 'no-cache');
    context.type = 'application/json';
    context.body = openApi;
  });
  get('/docs', async (context) => {
    secure(context, { inlineStyles: true });
    context.type = 'html';
    context.body = referencePage;
  });
  get('/docs/', async (context) => context.redirect('/docs'));
  get('/docs/start.js', async (context) => {
    context.type = 'text/javascript';
    context.body = referenceScript;
  });
  get('/docs/reference.css', async (context) => {
    context.type = 'text/css';
    context.body = referenceStyle;
  });
  get('/docs/:file', async (context) => {
    const file = context.params.file ?? '';
    if (!swaggerFiles.has(file)) throw new ApiError('NOT_FOUND', 'There is no such file');
    await sendFile(context, join(swaggerUi, file), 'public, max-age=86400');
  });
  get('/agentfleet-runner.mjs', async (context) => {
    const sent = await sendFile(context, pages.daemonFile, 'no-cache');
    if (!sent) throw new ApiError('NOT_FOUND', 'The runner is not built. Run npm run build on the server');
  });
}

/** Whoever asks for readiness does not wait long, and a network that lost the database may say nothing at all. */
/** What keeps the database from taking writes; undefined when nothing does. */
async function troubleWith(database: Database): Promise<Trouble | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Trouble>((resolve) => {
    timer = setTimeout(() => resolve('away'), readyMs);
  });
  const text = `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`;
  const answer = database.operate<{ isReadOnly: boolean }>({ name: 'ping', text }, []).then(
    ([row]): Trouble | undefined => (row?.isReadOnly ? 'readOnly' : undefined),
    (error) => troubleOf(error) ?? 'away',
  );
  return Promise.race([answer, tooLong]).finally(() => clearTimeout(timer));
}

/** Whether the request carries the token. */
function carries(context: Context, token: string): boolean {
  return timingSafeEqual(sha256(context.get('Authorization')), sha256(`Bearer ${token}`));
}
