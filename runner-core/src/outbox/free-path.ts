import { existsSync } from 'node:fs';

/** `stem` and `ending`, with the first number between that no other file has: what is kept covers nothing that was. */
export function freePath(stem: string, ending: string): string {
  let path = stem + ending;
  for (let number = 2; existsSync(path); number += 1) path = `${stem}.${number}${ending}`;
  return path;
}
