import { openDatabase, startTestPostgres } from '@agentfleet/server';
import { sayDeadlocks } from './deadlocks.js';
import { FaultFleet } from './fault-fleet.js';
import { planRound } from './plan.js';
import { playRound } from './round.js';

export interface SuiteOptions {
  /** One fleet each, side by side. */
  seeds: number[];
  /** Rounds of each seed. */
  rounds: number;
  /** The number of the first one. */
  from?: number;
  /** No round but the first of a seed begins later than this after the start, ms. */
  mostMs: number;
  say(line: string): void;
}

export interface SuiteResult {
  /** Rounds that were played. */
  played: number;
  failed: { seed: number; round: number; wrong: string[] }[];
}

/** Plays rounds on a fleet of each seed, all on one PostgreSQL. A fleet ends with its first failed round. */
export async function runSuite({ seeds, rounds, from = 0, mostMs, say }: SuiteOptions): Promise<SuiteResult> {
  const deadline = performance.now() + mostMs;
  const postgres = await startTestPostgres(sayDeadlocks(say));
  const result: SuiteResult = { played: 0, failed: [] };
  const playSeed = async (seed: number, fleet: FaultFleet) => {
    try {
      for (let round = from; round < from + rounds; round += 1) {
        if (round > from && performance.now() >= deadline) break;
        const plan = planRound(seed, round);
        const began = performance.now();
        const wrong = await playRound(fleet, plan);
        result.played += 1;
        const faults = plan.faults.map(({ kind, which }) => `${kind} ${which}`).join(', ');
        const took = ((performance.now() - began) / 1_000).toFixed(1);
        say(
          `seed ${seed} round ${round}: ${plan.runs.length} threads, ${faults}: ${wrong.length === 0 ? 'ok' : 'FAILED'}, ${took} s`,
        );
        if (wrong.length === 0) continue;
        result.failed.push({ seed, round, wrong });
        for (const what of wrong.slice(0, 60)) say(`  ${what}`);
        say(`  again: npm run test:faults -- --seed ${seed} --from ${round} --rounds 1`);
        return;
      }
    } finally {
      await fleet.close();
    }
  };
  try {
    const fleets = await startFleets(postgres.url, seeds);
    await Promise.all(seeds.map((seed, index) => playSeed(seed, fleets[index] as FaultFleet)));
  } finally {
    await postgres.stop();
  }
  return result;
}

/** One after the other: all their processes starting at once would leave the first rounds no time. */
async function startFleets(server: string, seeds: number[]): Promise<FaultFleet[]> {
  const fleets: FaultFleet[] = [];
  try {
    for (const seed of seeds) fleets.push(await FaultFleet.start(await databaseFor(server, seed), seed));
    return fleets;
  } catch (error) {
    await Promise.all(fleets.map((fleet) => fleet.close()));
    throw error;
  }
}

async function databaseFor(server: string, seed: number): Promise<string> {
  const database = await openDatabase({ url: server, dataDir: null, poolSize: 1 });
  const name = `faults_${seed}_${crypto.randomUUID().slice(0, 8)}`;
  await database.query({ name: 'fault-create', text: `CREATE DATABASE "${name}"` }, []);
  await database.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
