/** A spreadsheet takes a cell that begins so for a formula, and names of folders, labels and keys are anybody's. */
const formula = /^[=+\-@\t\r]/;

/** One cell of RFC 4180; text that a spreadsheet would run is led by an apostrophe. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = formula.test(value.trimStart()) || formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of RFC 4180, with its end. */
export const csvLine = (cells: readonly (string | number)[]): string => `${cells.map(csvCell).join(',')}\r\n`;
