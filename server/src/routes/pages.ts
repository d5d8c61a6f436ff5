import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, normalize, sep } from 'node:path';
import type Router from '@koa/router';
import { ApiError } from '../errors.js';
import type { AppOptions, Context, State } from '../http/app.js';
import { openApiDocument } from '../openapi/openapi.js';

/** Files the server offers besides the API. */
export interface Pages {
  /** The built dashboard. */
  dashboardDir: string;
  /** The built daemon, one file. */
  daemonFile: string;
  version: string;
}

const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const swaggerFiles = new Set(['swagger-ui.css', 'swagger-ui-bundle.js']);

/** Nothing from elsewhere, no inline script; styles that libraries set on elements are allowed. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const referencePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentFleet API reference</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<main id="reference"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const referenceScript =
  "SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null });\n";

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** Health, metrics, reference page, daemon and dashboard. */
export function mountPages(router: Router<State>, { pages, database, metrics, closing }: AppOptions): void {
  const openApi = JSON.stringify(openApiDocument(pages.version));
  const get = (
    path: string,
    answer: (context: Context & { params: Record<string, string> }) => Promise<void>,
  ) =>
    router.get(path, async (context) => {
      context.state.route = path;
      context.set('Content-Security-Policy', policy);
      context.set('Referrer-Policy', 'no-referrer');
      await answer(context);
    });

  get('/healthz', async (context) => {
    context.body = { status: 'ok' };
  });
  get('/readyz', async (context) => {
    if (closing.aborted) throw new ApiError('UNAVAILABLE', 'The server is shutting down');
    await database.query({ name: 'ping', text: 'SELECT 1' }, []).catch(() => {
      throw new ApiError('UNAVAILABLE', 'The database does not answer');
    });
    context.body = { status: 'ready' };
  });
  get('/metrics', async (context) => {
    context.type = 'text/plain; version=0.0.4';
    context.body = await metrics.text();
  });
  get('/api/v1/openapi.json', async (context) => {
    context.type = 'application/json';
    context.body = openApi;
  });
  get('/docs', async (context) => {
    context.type = 'html';
    context.body = referencePage;
  });
  get('/docs/start.js', async (context) => {
    context.type = 'text/javascript';
    context.body = referenceScript;
  });
  get('/docs/:file', async (context) => {
    const file = context.params.file ?? '';
    if (!swaggerFiles.has(file)) throw new ApiError('NOT_FOUND', 'There is no such file');
    await sendFile(context, join(swaggerUi, file), 'public, max-age=86400');
  });
  get('/agentfleet-runner.mjs', async (context) => {
    const sent = await sendFile(context, pages.daemonFile, 'no-cache');
    if (!sent) throw new ApiError('NOT_FOUND', 'The runner is not built. Run npm run build on the server');
    context.type = 'text/javascript; charset=utf-8';
  });
  get('/{*path}', (context) => sendDashboard(context, pages.dashboardDir));
}

async function sendDashboard(context: Context, directory: string): Promise<void> {
  if (context.path.startsWith('/api/')) {
    throw new ApiError('NOT_FOUND', 'There is no such endpoint. GET /docs lists them all');
  }
  const file = normalize(join(directory, decodeURIComponent(context.path)));
  const inside = file.startsWith(directory + sep);
  const hashed = context.path.startsWith('/assets/');
  const cache = hashed ? 'public, max-age=31536000, immutable' : 'no-cache';
  if (inside && extname(file) !== '' && (await sendFile(context, file, cache))) return;
  if (hashed || !context.accepts('html')) throw new ApiError('NOT_FOUND', 'There is no such file');
  // Every other address is a view of the dashboard.
  const index = await readFile(join(directory, 'index.html'), 'utf8').catch(() => undefined);
  context.set('Cache-Control', 'no-cache');
  context.type = 'html';
  context.body = index ?? 'The dashboard is not built. Run npm run build on the server.';
}

async function sendFile(context: Context, file: string, cacheControl: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return false;
  context.set('Cache-Control', cacheControl);
  context.type = types[extname(file)] ?? 'application/octet-stream';
  context.length = found.size;
  context.body = createReadStream(file);
  return true;
}
