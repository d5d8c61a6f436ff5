import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** A house of our own, with our rules and one planted import a file. */
const planted = mkdtempSync(join(tmpdir(), 'agentfleet-house-'));
afterAll(() => rmSync(planted, { recursive: true }));

/** Whether the linter, with our configuration, refuses an import of `imported` in `file`. */
function refuses(file: string, imported: string): boolean {
  const { $schema: _schema, vcs: _vcs, ...rules } = readJson('biome.json');
  writeFileSync(join(planted, 'biome.json'), JSON.stringify(rules));
  mkdirSync(dirname(join(planted, file)), { recursive: true });
  writeFileSync(join(planted, file), `import '${imported}';\n`);
  const biome = [
    join(root, 'node_modules/@biomejs/biome/bin/biome'),
    'lint',
    '--only=style/noRestrictedImports',
    file,
  ];
  try {
    execFileSync(process.execPath, biome, { cwd: planted, stdio: 'pipe' });
    return false;
  } catch (error) {
    const { stderr } = error as { stderr: Buffer };
    if (!stderr.includes('noRestrictedImports')) throw error;
    return true;
  }
}

test.each([
  ['contract/src/x.ts', '@agentfleet/server'],
  ['contract/src/x.ts', 'node:fs'],
  ['server/src/routes/x.ts', '@agentfleet/runner-core'],
  ['server/src/main.ts', '../../runner-core/src/index.js'],
  ['runner-core/src/x.ts', '@agentfleet/server'],
  ['runner-core/src/x.ts', 'electron'],
  ['desktop/renderer/src/x.ts', 'electron'],
  ['desktop/renderer/src/x.ts', '@agentfleet/runner-core'],
  ['desktop/bridge/src/x.ts', 'electron'],
  ['desktop/bridge/src/x.ts', '@agentfleet/runner-core'],
  ['desktop/main/src/x.ts', '@agentfleet/server'],
  ['desktop/preload/x.ts', 'node:fs'],
  ['desktop/e2e/browser/x.browser.test.ts', '../../renderer/src/ui/format.js'],
  ['desktop/e2e/browser/x.browser.test.ts', '../../../server/src/db/open.js'],
])('%s may not import %s', (file, imported) => {
  expect(refuses(file, imported)).toBe(true);
});

test.each([
  ['contract/src/x.ts', 'zod'],
  ['server/src/x.ts', '@agentfleet/contract'],
  ['runner-core/src/x.ts', '@agentfleet/contract'],
  ['desktop/renderer/src/x.ts', '@agentfleet/contract'],
  ['desktop/renderer/src/x.ts', '@agentfleet/bridge'],
  ['desktop/main/src/x.ts', '@agentfleet/runner-core'],
  ['desktop/main/src/x.ts', 'electron'],
  ['desktop/e2e/browser/x.browser.test.ts', '../../../runner-core/e2e/fleet.js'],
])('%s may import %s', (file, imported) => {
  expect(refuses(file, imported)).toBe(false);
});

test('every direct dependency is pinned to one version', () => {
  for (const workspace of ['.', 'contract', 'server', 'runner-core', 'desktop', 'desktop/bridge', 'bench']) {
    const manifest = readJson(`${workspace}/package.json`);
    const versions = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    expect(versions.filter(([, version]) => !/^(npm:.+@)?\d/.test(String(version)))).toEqual([]);
  }
});

test('the licence of everything that ships with the server or the daemon allows our use', () => {
  const lock = readJson('package-lock.json');
  const allowed =
    /^\(?(MIT|ISC|BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|CC-BY-4\.0|Python-2\.0|PostgreSQL|Artistic-2\.0|MPL-2\.0|OFL-1\.1|WTFPL)\b/;
  const shipped = Object.entries<{ dev?: boolean; devOptional?: boolean; link?: boolean; license?: string }>(
    lock.packages,
  ).filter(
    ([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.devOptional && !entry.link,
  );
  expect(shipped.length).toBeGreaterThan(20);
  expect(
    shipped
      .filter(([, entry]) => !allowed.test(entry.license ?? ''))
      .map(([path, entry]) => [path, entry.license]),
  ).toEqual([]);
});
