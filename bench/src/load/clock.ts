/** ms by a clock that never jumps and that all processes of this machine share, unlike `performance.now()`. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
