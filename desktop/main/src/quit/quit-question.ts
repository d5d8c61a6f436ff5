/** What becomes of the sessions that run when the app quits. */
export type QuitChoice = 'finish' | 'cancel' | 'stay';

/** The question asked before quitting; undefined when nothing runs and nothing has to be asked. */
export function quitQuestion(running: number) {
  if (running === 0) return undefined;
  return {
    type: 'question' as const,
    message: `${sessionsAre(running)} running on this computer`,
    detail: 'AgentFleet can quit when they have ended, or stop them now.',
    buttons: ['Finish, then quit', 'Stop and quit', 'Keep running'],
    defaultId: 0,
    cancelId: 2,
  };
}

/** What a button of the question means. */
export function quitChoice(button: number): QuitChoice {
  return button === 0 ? 'finish' : button === 1 ? 'cancel' : 'stay';
}

/** The question when somebody wants to quit once more while sessions are being finished; undefined when none is left. */
export function hurryQuestion(running: number) {
  if (running === 0) return undefined;
  return {
    type: 'question' as const,
    message: `${sessionsAre(running)} still being finished`,
    detail: 'AgentFleet quits by itself as soon as that is done.',
    buttons: ['Wait', 'Stop and quit', 'Keep running'],
    defaultId: 0,
    cancelId: 0,
  };
}

/** What a button of that question means. */
export function hurryChoice(button: number): 'wait' | 'cancel' | 'stay' {
  return button === 1 ? 'cancel' : button === 2 ? 'stay' : 'wait';
}

const sessionsAre = (running: number) => (running === 1 ? 'A session is' : `${running} sessions are`);
