/** What the doctor says of one thing. */
export interface Finding {
  ok: boolean;
  what: string;
  /** How to mend it; only when it is not ok. */
  mend?: string;
}

export const fine = (what: string): Finding => ({ ok: true, what });

export const broken = (what: string, mend: string): Finding => ({ ok: false, what, mend });

/** A message of ours that says in its first sentence what is wrong, and in the rest what to do. */
export function brokenAs(message: string, mend?: string): Finding {
  const [what = message, rest] = message.split(/(?<=[^.][.!])\s+(?=\p{Lu})/u, 2);
  const how = rest === undefined ? mend : message.slice(message.indexOf(rest));
  return { ok: false, what: what.replace(/\.$/, ''), ...(how === undefined ? {} : { mend: how }) };
}
