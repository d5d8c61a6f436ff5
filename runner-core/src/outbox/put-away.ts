import type { Outbox } from './outbox.js';

/**
 * Why the server gets no more of a log, the surest last: it says that the run is no longer this attempt’s without
 * saying why (`unclear`), or that it was cancelled or another one has it (`superseded`); it does not take what the log
 * says (`refused`); it has never heard of the attempt (`orphaned`); people deleted the run (`deleted`).
 */
const losses = ['unclear', 'superseded', 'refused', 'orphaned', 'deleted'] as const;
export type Loss = (typeof losses)[number];

/** The one that says more. */
export function surer(one: Loss | undefined, other: Loss): Loss {
  return one !== undefined && losses.indexOf(one) > losses.indexOf(other) ? one : other;
}

const words = {
  unclear: 'the run is no longer this runner’s. The log of its session is kept as',
  superseded:
    'the run was cancelled, or another attempt has it. The server has not got all of the log of this one, which is kept as',
  refused: 'the server does not take the log of this session, which is kept as',
  orphaned:
    'the server does not know this session any more, perhaps because its database was restored from an older backup. Its log is kept as',
} as const satisfies Record<Exclude<Loss, 'deleted'>, string>;

/**
 * Takes the outbox of an attempt that has ended out of the way. It is only deleted when the server has all that is in
 * it, or had it and was told to delete it: otherwise it may be the only copy, and a person decides.
 * @returns what that person should know, if anything. Rejects when the disk refuses.
 */
export async function putAway(outbox: Outbox, loss: Loss): Promise<string | undefined> {
  const { run, started, lastSeq, acknowledged, finish } = outbox;
  if (!started && lastSeq === run.lastSeq) {
    outbox.remove();
    return loss === 'orphaned'
      ? `${run.id}: the server does not know this run any more. It did not begin.`
      : undefined;
  }
  // Who deletes a run wants no copy of it.
  if (loss === 'deleted' || (loss === 'superseded' && acknowledged >= lastSeq && !finish)) {
    await outbox.forget();
    return undefined;
  }
  const path = await outbox.setAside(loss === 'unclear' ? 'superseded' : loss);
  return `${run.id}: ${words[loss]} ${path}.`;
}
