import pg from 'pg';

const int8 = 20;

/** How hand-written statements read values: bigint as number, for no count or seq of ours passes 2^53. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text')) as never,
};
