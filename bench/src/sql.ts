import pg from 'pg';

/** One statement on a connection of its own. */
export async function run(url: string, text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text, values);
  } finally {
    await client.end();
  }
}

/** Makes an empty database beside the one of `url`, and starts from a clean slate: nothing is left to be written. */
export async function freshDatabase(url: string): Promise<string> {
  const name = `bench_${crypto.randomUUID().replaceAll('-', '')}`;
  await run(url, `CREATE DATABASE ${name}`);
  await run(url, 'CHECKPOINT');
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}
