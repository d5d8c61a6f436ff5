// `npm run test:faults`: see docs/faults.md.
import { parseArgs } from 'node:util';
import { runSuite } from './suite.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    rounds: { type: 'string' },
    from: { type: 'string' },
    fleets: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const number = (name: keyof typeof values, byDefault: number) => {
  const value = Number(values[name] ?? byDefault);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number.`);
  return process.exit(2);
};
const first = number('seed', Math.floor(Math.random() * 1_000_000));
// Whoever names a seed wants to see that one.
const fleets = number('fleets', values.seed === undefined ? 4 : 1);
const began = performance.now();
const { played, failed } = await runSuite({
  seeds: Array.from({ length: fleets }, (_item, index) => first + index),
  rounds: number('rounds', 60),
  from: number('from', 0),
  mostMs: number('minutes', 9) * 60_000,
  say: (line) => console.log(line),
});
const seconds = Math.round((performance.now() - began) / 1_000);
console.log(`\n${played} rounds, ${failed.length} failed, ${seconds} s`);
process.exit(failed.length === 0 ? 0 : 1);
