/**
 * For a statement whose effect a crash of the database may forget: the disk is not waited for, which is most of its
 * time. It stands first in the WITH of the statement, and the part that writes must read from `not_awaited` (what nobody
 * reads from is not carried out). What commits after it and does wait makes it durable too.
 */
export const notAwaited = `not_awaited AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
