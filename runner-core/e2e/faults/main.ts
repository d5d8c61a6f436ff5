// `npm run test:faults`: see docs/faults.md.
import { parseArgs } from 'node:util';
import { runSuite } from './suite.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    rounds: { type: 'string', default: '60' },
    from: { type: 'string', default: '0' },
    fleets: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '9' },
  },
});
const number = (name: 'rounds' | 'from' | 'fleets' | 'minutes') => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
  return value;
};
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const seeds = values.seed === undefined || values.fleets !== '4' ? number('fleets') : 1;
const began = performance.now();
const { played, failed } = await runSuite({
  seeds: Array.from({ length: seeds }, (_item, index) => first + index),
  rounds: number('rounds'),
  from: number('from'),
  mostMs: number('minutes') * 60_000,
  say: (line) => console.log(line),
});
const seconds = Math.round((performance.now() - began) / 1_000);
console.log(`\n${played} rounds, ${failed.length} failed, ${seconds} s`);
process.exit(failed.length === 0 ? 0 : 1);
