import { clis, today } from './clis.js';
import { isWhole } from './whole.js';

/** Says on which Claude Code the specs about it run, and which one is missing. */
export default function setup(): void {
  console.log(`e2e: on ${clis.map(({ name }) => name).join(' and ')}`);
  if (!isWhole || today || process.env.TEST_CLAUDE_PATH) return;
  console.warn(
    `e2e: SKIPPED on today's Claude Code, which npm did not install on this ${process.platform}-${process.arch}.`,
  );
}
