import * as fc from 'fast-check';
import { Append, Begin, Finish, Start } from './attempt-steps.js';
import { LoseLease, LoseRun, PassGrace, ServersAway, Sweep } from './lease-steps.js';
import { Cancel, Enqueue, FollowUp, PassTimeToLive } from './run-steps.js';
import { Claim, Heartbeat, Leave, PauseOrResume, RegisterAgain, RemoveRunner } from './runner-steps.js';
import type { Step } from './step.js';

const number = fc.nat({ max: 9_999 });
const step = (Make: new (server: number, ...picks: number[]) => Step, picks = 1) =>
  fc
    .tuple(fc.nat({ max: 1 }), fc.array(number, { minLength: picks, maxLength: picks }))
    .map(([server, given]) => new Make(server, ...given));

/** Sequences of steps; what happens often in life is there more than once. */
export function steps(maxCommands: number) {
  const often = [step(Enqueue, 4), step(Claim, 3), step(Start, 2), step(Append, 5), step(Finish, 4)];
  const now = [
    step(Begin, 4),
    step(LoseRun, 2),
    step(LoseLease),
    step(PassGrace),
    step(Sweep, 0),
    step(Cancel),
    step(Heartbeat, 2),
    step(FollowUp, 2),
  ];
  const seldom = [
    step(ServersAway, 0),
    step(Leave, 2),
    step(PassTimeToLive),
    step(PauseOrResume),
    step(RemoveRunner),
    step(RegisterAgain),
  ];
  return fc.commands([...often, ...often, ...often, ...now, ...now, ...seldom], { maxCommands, size: 'max' });
}
