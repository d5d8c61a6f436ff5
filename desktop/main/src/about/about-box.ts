export interface AboutInput {
  app: string;
  /** e.g. `Linux 6.1.0 x64` */
  system: string;
  versions: Record<string, string | undefined>;
  /** Empty while there is none. */
  server: string;
}

const buttons = ['Copy diagnostics', 'Close'];

/** The box that says what runs here. */
export function aboutBox({ app, system, versions, server }: AboutInput) {
  const parts = Object.entries(versions).flatMap(([name, version]) =>
    version ? [`${name[0]?.toUpperCase()}${name.slice(1)} ${version}`] : [],
  );
  return {
    type: 'info' as const,
    message: `AgentFleet ${app}`,
    detail: [parts.join(', '), system, server && `Connected to ${server}`].filter(Boolean).join('\n'),
    buttons,
    defaultId: 1,
    cancelId: 1,
  };
}

/** Whether a button of the box copies the diagnostics. */
export const isCopying = (button: number): boolean => button === 0;
