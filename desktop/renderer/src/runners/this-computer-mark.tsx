import { useComputerOf } from '../base/app-extras.js';

/** Says which of the runners is the computer that one sits at. */
export function ThisComputerMark({ runnerId }: { runnerId: string }) {
  if (!useComputerOf(runnerId)) return null;
  return (
    <span className="rounded-full bg-accent-soft px-2 py-0.5 text-[12px] text-accent">This computer</span>
  );
}
