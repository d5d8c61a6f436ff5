// What a browser must load before it shows a session: the scripts of the page and of the session view, with all that
// they import at once. What is fetched later, as grammars and charts are, is not in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** @param {string} dist of the dashboard @returns bytes, gzipped */
export function firstLoadBytes(dist) {
  const assets = join(dist, 'assets');
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const ofPage = [...page.matchAll(/(?:src|href)="\/assets\/([\w.-]+\.js)"/g)].map((match) => match[1]);
  const ofView = readdirSync(assets).filter((name) => /^session-page-.*\.js$/.test(name));
  if (ofPage.length === 0 || ofView.length !== 1)
    throw new Error('The page or the session view was not found');
  const wanted = [...ofPage, ...ofView];
  const files = new Map();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (files.has(name)) continue;
    const source = readFileSync(join(assets, name));
    files.set(name, gzipSync(source).length);
    // `import"./x.js"` and `from"./x.js"`; what is imported later has a bracket in between.
    for (const [, imported] of source
      .toString()
      .matchAll(/(?:\bimport|\bfrom)\s*["']\.\/([\w.-]+\.js)["']/g)) {
      wanted.push(imported);
    }
  }
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}
