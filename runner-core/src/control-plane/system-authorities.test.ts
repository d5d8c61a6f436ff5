import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { cert, key } from '../testing/untrusted-authority.js';
import { ControlPlane } from './client.js';
import { trustSystem } from './system-authorities.js';

const canTrust = 'setDefaultCACertificates' in tls && process.platform === 'linux';

test.runIf(canTrust)('a server is trusted whose authority is installed in the system', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-authority-'));
  const server = createServer({ key, cert }, (_request, response) => response.writeHead(404).end());
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = () =>
    new ControlPlane({ url: `https://localhost:${port}`, apiKey: '', version: '1' }).send(
      'GET',
      '/api/v1/me',
    );
  await expect(ask()).rejects.toMatchObject({
    code: 'UNREACHABLE',
    reason: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  });
  // Where OpenSSL finds what this system trusts.
  process.env.SSL_CERT_FILE = join(folder, 'authorities.pem');
  writeFileSync(process.env.SSL_CERT_FILE, cert);
  expect(trustSystem()).toBeGreaterThan(1);
  expect((await ask()).status).toBe(404);
});

test('a Node that cannot be told goes on with its own list', () => {
  expect(trustSystem({})).toBeUndefined();
});
