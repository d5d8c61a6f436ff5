import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The directives of an answer's Content-Security-Policy by name. */
function policyOf(response: Response): Record<string, string> {
  const policy = response.headers.get('content-security-policy') ?? '';
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

test.each(['/', '/sessions/clrabcdefgh', '/settings/api-keys', '/docs'])(
  'the page %s runs nothing inline, loads nothing from elsewhere and stands in no frame',
  async (path) => {
    const response = await server.call('GET', path, { key: null, headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(policyOf(response)).toEqual({
      'default-src': "'self'",
      'script-src': "'self'",
      // The library behind the reference writes style elements; nothing else may.
      'style-src': path === '/docs' ? "'self' 'unsafe-inline'" : "'self'",
      'img-src': "'self' data:",
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'form-action': "'self'",
    });
    expect(await response.text()).not.toMatch(/<script(?![^>]*\bsrc=)|<style| style=| on\w+=|https?:\/\//);
  },
);

test('the session cookie is out of reach of scripts and other sites; its companion holds no secret', async () => {
  const response = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: server.key } });
  const [session, companion] = response.headers.getSetCookie();
  expect(session).toMatch(/^agentfleet_session=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Expires=/);
  expect(companion).toMatch(/^agentfleet_signed_in=1; SameSite=Strict; Path=\/; Expires=/);
});
