/** Says of each deadlock that PostgreSQL ends who waited for what: an error at a server tells only one side of it. */
export function sayDeadlocks(say: (line: string) => void): (text: string) => void {
  let block: string[] | undefined;
  let unfinished = '';
  return (text) => {
    const lines = (unfinished + text).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes('deadlock detected')) block = [];
      // The statement of the one that was ended is among those of the detail before it.
      else if (block && line.includes('STATEMENT:')) {
        say(`PostgreSQL ended a deadlock:\n${block.join('\n')}`);
        block = undefined;
      } else block?.push(`  ${line}`);
    }
  };
}
