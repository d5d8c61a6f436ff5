import { setTimeout as delay } from 'node:timers/promises';
import { PostgresClient } from '@agentfleet/server';
import type { Stage } from './stage.js';

export interface Fault {
  name: string;
  /** Why it cannot be had here; undefined: it can. */
  lacks?(stage: Stage): string | undefined;
  /** Breaks something, for as long as it takes; when it resolves, it is healed. */
  happens(stage: Stage): Promise<void>;
}

const asOperator = async (
  stage: Stage,
  work: (client: InstanceType<typeof PostgresClient>) => Promise<unknown>,
): Promise<void> => {
  const client = new PostgresClient({ connectionString: stage.postgres.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const endOthers =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

const setReadOnly = (stage: Stage, value: 'on' | 'off') =>
  asOperator(stage, async (client) => {
    await client.query('SET default_transaction_read_only TO off');
    await client.query(`ALTER DATABASE agentfleet SET default_transaction_read_only TO ${value}`);
    await client.query(endOthers);
  });

export const faults: readonly Fault[] = [
  {
    name: 'a server is killed, another comes in its place after 3 s',
    async happens({ servers }) {
      await servers.kill(0);
      await delay(3_000);
      await servers.startAgain(0);
    },
  },
  {
    name: 'a server stands still for 10 s',
    async happens({ servers }) {
      servers.signal(1, 'SIGSTOP');
      await delay(10_000);
      servers.signal(1, 'SIGCONT');
    },
  },
  {
    name: 'both servers are killed, and come back after 3 s',
    async happens({ servers }) {
      await Promise.all([servers.kill(0), servers.kill(1)]);
      await delay(3_000);
      await Promise.all([servers.startAgain(0), servers.startAgain(1)]);
    },
  },
  {
    name: 'PostgreSQL is restarted (fast), away for 3 s',
    async happens({ postgres }) {
      await postgres.stop();
      await delay(3_000);
      await postgres.begin();
    },
  },
  {
    name: 'PostgreSQL dies (immediate) and recovers',
    async happens({ postgres }) {
      await postgres.crash();
      await delay(1_000);
      await postgres.begin();
    },
  },
  {
    name: 'PostgreSQL ends every connection, four times within 2 s',
    async happens(stage) {
      for (let time = 0; time < 4; time += 1) {
        await asOperator(stage, (client) => client.query(endOthers));
        await delay(500);
      }
    },
  },
  {
    name: 'somebody locks the runs for 8 s',
    happens: (stage) =>
      asOperator(stage, async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE runs IN ACCESS EXCLUSIVE MODE');
        await delay(8_000);
        await client.query('ROLLBACK');
      }),
  },
  {
    name: 'others take every connection for 8 s, ours are ended',
    async happens(stage) {
      const taken: InstanceType<typeof PostgresClient>[] = [];
      try {
        await asOperator(stage, async (client) => {
          for (let round = 0; round < 2; round += 1) {
            await client.query(endOthers.replace('pid <>', `application_name <> 'greedy' AND pid <>`));
            for (;;) {
              const greedy = new PostgresClient({
                connectionString: stage.postgres.url,
                application_name: 'greedy',
              });
              greedy.on('error', () => undefined);
              if (
                !(await greedy.connect().then(
                  () => true,
                  () => false,
                ))
              )
                break;
              taken.push(greedy);
            }
          }
          await delay(8_000);
        });
      } finally {
        await Promise.all(taken.map((greedy) => greedy.end().catch(() => undefined)));
      }
    },
  },
  {
    name: 'the network to the database swallows everything for 8 s',
    async happens({ servers: { slots } }) {
      for (const { link } of slots) link.stop();
      await delay(8_000);
      for (const { link } of slots) link.goesOn();
    },
  },
  {
    name: 'the network to the database breaks every connection and takes none for 5 s',
    async happens({ servers: { slots } }) {
      for (const { link } of slots) link.goAway();
      await delay(5_000);
      for (const { link } of slots) link.returns();
    },
  },
  {
    name: 'the database takes no writes for 6 s, as one that is no longer the first',
    async happens(stage) {
      await setReadOnly(stage, 'on');
      await delay(6_000);
      await setReadOnly(stage, 'off');
    },
  },
  {
    name: 'the disk of the database is full for 8 s',
    lacks: ({ postgres }) => (postgres.hasDisk ? undefined : 'no disk can be mounted here'),
    async happens({ postgres }) {
      const makeRoom = postgres.fillDisk();
      await delay(8_000);
      makeRoom();
    },
  },
  {
    name: 'the clock of one server is 10 minutes ahead for 8 s, that of the other behind',
    async happens({ servers }) {
      const setClocks = async (...aheadMs: number[]) => {
        for (const [which, ms] of aheadMs.entries()) {
          await servers.kill(which);
          await servers.startAgain(which, ms);
          // Until the proxy knows that it is back.
          await delay(500);
        }
      };
      await setClocks(600_000, -600_000);
      await delay(8_000);
      await setClocks(0, 0);
    },
  },
  {
    name: 'the database dies for good, and its standby takes its place after 5 s',
    async happens({ postgres, servers: { slots } }) {
      await postgres.replicateInStep();
      for (const { link } of slots) link.goAway();
      await postgres.crash();
      await delay(5_000);
      await postgres.failOver();
      for (const { link } of slots) {
        link.turnTo(postgres.url);
        link.returns();
      }
    },
  },
];
