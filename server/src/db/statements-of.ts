/** What a semicolon in which ends no statement: comments, texts, names, and bodies between dollars. */
const whole =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|;|[^;'"$/-]+|[\s\S]/g;

/** The statements of a script of ours, in order, each as it is written, without the semicolon. */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let statement = '';
  let hasContent = false;
  const end = () => {
    if (hasContent) statements.push(statement.trim());
    statement = '';
    hasContent = false;
  };
  for (const [part] of script.matchAll(whole)) {
    if (part === ';') end();
    else {
      statement += part;
      hasContent ||= !/^(--|\/\*|\s*$)/.test(part);
    }
  }
  end();
  return statements;
}
