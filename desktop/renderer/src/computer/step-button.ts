import { useAppState } from './app-context.js';
import { useDraft } from './draft-context.js';
import { type NextStep, nextStep } from './next-step.js';

/** The classes of a button: primary where it does what is next on the first screen. The settings have *Apply*. */
export function useStepButton(does: NextStep['does']): string {
  const state = useAppState();
  const { atOnce } = useDraft();
  return atOnce && nextStep(state).does === does ? 'button primary' : 'button';
}
