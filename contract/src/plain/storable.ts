/** Whether every database keeps a text as it is: without NUL bytes and lone surrogates. */
export const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();
