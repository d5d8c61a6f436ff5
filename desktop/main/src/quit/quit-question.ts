/** What becomes of the sessions that run when the app quits. */
export type QuitChoice = 'finish' | 'cancel' | 'stay';

/** The question asked before quitting; undefined when nothing runs and nothing has to be asked. */
export function quitQuestion(running: number) {
  if (running === 0) return undefined;
  const sessions = running === 1 ? 'A session is running' : `${running} sessions are running`;
  return {
    type: 'question' as const,
    message: `${sessions} on this computer`,
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
