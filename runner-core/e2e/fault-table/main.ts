// `npm run test:fault-table`: see docs/faults.md.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { faults } from './faults.js';
import { Stage } from './stage.js';

/** What may be missed from healing until everything works again, ms: what is measured is given more. */
const mostRecoveryMs = 5_000;
const patienceMs = 30_000;
/** In peace, between two faults, ms. */
const peaceMs = 2_000;

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = faults.filter(
  (_fault, index) => values.only === undefined || String(index + 1) === values.only,
);

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const inWords = (ended: number, seen: number) =>
  `a new session ended after ${seconds(ended)}, all viewers saw something new after ${seconds(seen)}`;

const stage = await Stage.set();
let isBad = false;
const say = (wrong: readonly string[]) => {
  isBad ||= wrong.length > 0;
  for (const one of wrong.slice(0, 20)) console.log(`    ${one}`);
};
try {
  const { ended, seen } = await stage.recovers(patienceMs);
  say((await stage.look(patienceMs)).wrong);
  console.log(
    `Two servers, 50 runners, ${stage.viewers.length} viewers. At the start: ${inWords(ended, seen)}`,
  );
  for (const { name, lacks, happens } of chosen) {
    const lack = lacks?.(stage);
    if (lack !== undefined) {
      console.log(`SKIPPED: ${name}: ${lack}`);
      continue;
    }
    await delay(peaceMs);
    await happens(stage);
    const recovered = await stage.recovers(patienceMs);
    const { failed, refused, launched, wrong } = await stage.look(patienceMs);
    const isSlow = Math.max(recovered.ended, recovered.seen) > mostRecoveryMs;
    isBad ||= failed > 0 || isSlow;
    const verdict = failed > 0 || isSlow || wrong.length > 0 ? 'FAILED' : 'ok';
    console.log(
      `${verdict}: ${name}: ${inWords(recovered.ended, recovered.seen)}; ${launched} sessions launched, ${wrong.length} wrong; ${failed} answers of 500. Refused: ${refused || 'nothing'}`,
    );
    say(wrong);
  }
  say(await stage.finish());
  console.log(isBad ? 'FAILED' : 'ok');
} finally {
  await stage.end();
}
process.exit(isBad ? 1 : 0);
