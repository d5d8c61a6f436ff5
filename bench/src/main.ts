import { parseArgs } from 'node:util';
import { print, type Row, writeJson } from './report.js';
import { suites } from './suites.js';

/**
 * `npm run bench [-- --only NAME] [-- --json FILE]`: every suite measures ours and its peer side by side in
 * this one run. Exits with 1 when a goal is missed.
 */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

const unknown = (options.only ?? []).filter((name) => !(name in suites));
if (options.list || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No suite named ${unknown.join(', ')}.`);
  console.log(`Suites: ${Object.keys(suites).join(', ')}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const rows: Row[] = [];
for (const [name, suite] of Object.entries(suites)) {
  if (options.only && !options.only.includes(name)) continue;
  console.log(`\n${name}`);
  for await (const row of suite()) {
    rows.push(row);
    print(row);
  }
}
if (options.json) await writeJson(options.json, rows);

const missed = rows.filter((row) => !row.ok);
console.log(`\n${rows.length - missed.length} goals met, ${missed.length} missed`);
process.exitCode = missed.length > 0 ? 1 : 0;
