import { extname, join } from 'node:path';
import { ApiError, noSuchEndpoint } from '../errors.js';
import type { Context } from '../http/context.js';
import { secure, sendFile } from './files.js';

/**
 * The names that a build gives its files, in folders or not. Whatever could leave the folder, or means something else to
 * another system, is none: dots at the beginning, backslashes, colons, NUL, a separator that was encoded twice.
 */
const fileOfBuild = /^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/;

/** Answers GET of everything that is neither API nor page: a file of the built dashboard, else the dashboard itself. */
export async function sendDashboard(context: Context, directory: string): Promise<void> {
  context.state.route = '/*';
  secure(context);
  const path = decodePath(context.path);
  const hashed = path.startsWith('/assets/');
  const cache = hashed ? 'public, max-age=31536000, immutable' : 'no-cache';
  const namesFile = extname(path) !== '';
  if (namesFile && fileOfBuild.test(path) && (await sendFile(context, join(directory, path), cache))) return;
  if (hashed || namesFile) throw noSuchFile();
  // Every other address is a view of the dashboard, for who asks for pages by name: programs ask for anything.
  if (path !== '/' && !/\btext\/html\b/i.test(context.get('Accept'))) throw noSuchEndpoint();
  context.vary('Accept');
  if (await sendFile(context, join(directory, 'index.html'), 'no-cache')) return;
  context.body = 'The dashboard is not built. Run npm run build on the server.';
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw noSuchFile();
  }
}

const noSuchFile = () => new ApiError('NOT_FOUND', 'There is no such file');
