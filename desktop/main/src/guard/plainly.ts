import { withHiddenSpelled } from '@agentfleet/contract';

/** Of a name in a question, characters. */
const longest = 160;

/**
 * A name as a question may show it, whoever made it up: in one line, with what nobody sees spelled out, and of a long
 * one both ends, since what matters may stand at either.
 */
export function plainly(name: string): string {
  const line = withHiddenSpelled(name).replace(/\s/g, (space) => (space === ' ' ? ' ' : '␤'));
  if (line.length <= longest) return line;
  const half = longest / 2;
  return `${line.slice(0, half)} … ${line.slice(-half)}`;
}
