/** Claude's tools whose own names say nothing to people. */
const names: Readonly<Record<string, string>> = {
  Agent: 'Sub-agent',
  AskUserQuestion: 'Question',
  BashOutput: 'Output so far',
  CronCreate: 'New schedule',
  CronDelete: 'End a schedule',
  CronList: 'Schedules',
  EnterPlanMode: 'Begin to plan',
  EnterWorktree: 'Work in a copy',
  ExitPlanMode: 'Plan',
  ExitWorktree: 'Leave the copy',
  KillShell: 'Stop a command',
  ListAgents: 'Sub-agents',
  MultiEdit: 'Edit',
  NotebookEdit: 'Edit notebook',
  ScheduleWakeup: 'Go on later',
  SendMessage: 'Message',
  StructuredOutput: 'Answer',
  Task: 'Sub-agent',
  TaskCreate: 'New task',
  TaskGet: 'Look at a task',
  TaskList: 'Tasks',
  TaskOutput: 'Output of a task',
  TaskStop: 'Stop a task',
  TaskUpdate: 'Task',
  TodoWrite: 'Tasks',
  ToolSearch: 'Find tools',
  WebFetch: 'Fetch',
  WebSearch: 'Search the web',
};

/** What people call a tool. */
export const nameOfTool = (tool: string): string =>
  (Object.hasOwn(names, tool) ? names[tool] : undefined) ?? tool;

/** A call in one line as people read it: its title, in which a tool goes by its name for programs. */
export function titleOf(tool: string, title: string): string {
  if (title !== tool && !title.startsWith(`${tool} `)) return title;
  return nameOfTool(tool) + title.slice(tool.length);
}

/** The same of a line that begins with the tool. */
export const titleOfLine = (line: string): string => titleOf(line.split(' ', 1)[0] ?? '', line);
