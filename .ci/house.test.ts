import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { briefly } from './brief.js';
import { circlesIn, importsOf } from './imports.js';

const root = join(import.meta.dirname, '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Imports that go where they may not. */
const forbidden = [
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
] as const;
const allowed = [
  ['contract/src/x.ts', 'zod'],
  ['server/src/x.ts', '@agentfleet/contract'],
  ['runner-core/src/x.ts', '@agentfleet/contract'],
  ['desktop/renderer/src/x.ts', '@agentfleet/contract'],
  ['desktop/renderer/src/x.ts', '@agentfleet/bridge'],
  ['desktop/main/src/x.ts', '@agentfleet/runner-core'],
  ['desktop/main/src/x.ts', 'electron'],
  ['desktop/e2e/browser/x.browser.test.ts', '../../../runner-core/e2e/fleet.js'],
] as const;

/** A house with our rules and one planted import a file; two of one place stand in folders beside each other. */
const planted = mkdtempSync(join(tmpdir(), 'agentfleet-house-'));
afterAll(() => rmSync(planted, { recursive: true }));
const placeOf = (file: string, imported: string) =>
  join(dirname(file), imported.replace(/\W+/g, '-'), basename(file)).replaceAll('\\', '/');

/** Places where the linter, with our configuration, refuses the import. It is run once, for to start it takes longest. */
let refused: string[] = [];
beforeAll(() => {
  const { $schema: _schema, vcs: _vcs, ...rules } = readJson('biome.json');
  writeFileSync(join(planted, 'biome.json'), JSON.stringify(rules));
  for (const [file, imported] of [...forbidden, ...allowed]) {
    const place = join(planted, placeOf(file, imported));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, `import '${imported}';\n`);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: planted, encoding: 'utf8' });
  const said: { diagnostics: { category: string; location: { path: string } }[] } = JSON.parse(stdout);
  refused = said.diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => location.path.replaceAll('\\', '/'));
});

test.each(forbidden)('%s may not import %s', (file, imported) => {
  expect(refused).toContain(placeOf(file, imported));
});

test.each(allowed)('%s may import %s', (file, imported) => {
  expect(refused).not.toContain(placeOf(file, imported));
});

/** Code that ships, without its tests. Between them the linter's rules leave one way, the one of the list in CONTRIBUTING. */
const parts = [
  'contract/src',
  'server/src',
  'runner-core/src',
  'desktop/bridge/src',
  'desktop/main/src',
  'desktop/preload',
  'desktop/renderer/src',
];

test.each(parts)('no file of %s imports itself, by whichever way', (part) => {
  const { imports, unresolved } = importsOf(join(root, part));
  expect(imports.size).toBeGreaterThan(0);
  expect(unresolved).toEqual([]);
  expect(circlesIn(imports)).toEqual([]);
});

/** Folders of the dashboard that stand below, each on those before it; `shell/` and `computer/` stand on all the others. */
const ground = ['ui', 'transport', 'base'];
const roof = ['shell', 'computer', ''];

test('in the dashboard what is below imports nothing of what is above', () => {
  const { imports } = importsOf(join(root, 'desktop/renderer/src'));
  const folderOf = (file: string) => (file.includes('/') ? file.replace(/\/.*/, '') : '');
  const heightOf = (file: string) => {
    const folder = folderOf(file);
    if (roof.includes(folder)) return ground.length + 1 + roof.indexOf(folder);
    return ground.includes(folder) ? ground.indexOf(folder) : ground.length;
  };
  for (const folder of [...ground, ...roof]) expect([...imports.keys()].map(folderOf)).toContain(folder);
  const upward = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => heightOf(target) > heightOf(file))
      .map((target) => `${file} imports ${target}`),
  );
  expect(upward).toEqual([]);
});

test('a circle is found, of types too and over several files, and what leads to one is no part of it', () => {
  const place = join(planted, 'circle');
  const files = {
    'a.ts': `import type { B } from './b.js';`,
    'b.tsx': `import {\n  type C,\n  c,\n} from './deep/c.js';`,
    'deep/c.ts': `export const later = () => import('../a.js');`,
    'leads-back-in-words.ts': `// It was import './leads-there.js';\nimport './own.js';`,
    'own.ts': `export * from './own.js';`,
    'leads-there.ts': `import './a.js';`,
    'a.test.ts': `import './leads-there.js';`,
    'leads-nowhere.ts': `import { x } from './gone.js';`,
  };
  mkdirSync(join(place, 'deep'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), `${text}\n`);
  const { imports, unresolved } = importsOf(place);
  expect(circlesIn(imports)).toEqual([['a.ts', 'b.tsx', 'deep/c.ts'], ['own.ts']]);
  expect(unresolved).toEqual(['leads-nowhere.ts imports ./gone.js']);
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

test.each(Object.values(briefly).flat())('what npm test has of the specs is there: %s', (file) => {
  expect(existsSync(join(root, file))).toBe(true);
});

test('each promise of the app in docs/desktop-specs.md names specs that there are', () => {
  const page = readFileSync(join(root, 'docs/desktop-specs.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| (?!promise)[^-]/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const named = [...row.matchAll(/`([a-z-]+)`: (.*?)(?: \([^)]*\))?(?=<br>| \|$)/g)];
    expect(named, row).not.toEqual([]);
    for (const [, file, words = ''] of named) {
      const specs = readFileSync(join(root, `desktop/e2e/electron/${file}.electron.test.ts`), 'utf8');
      expect(specs.includes(`'${words}`) || specs.includes(`\`${words}`), `${file}: ${words}`).toBe(true);
    }
  }
});

test('each file and folder that docs/architecture.md names is there', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const named = [...page.matchAll(/`([\w./-]+\/[\w./-]*|[\w.-]+\.(?:ts|tsx|json|md))`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
