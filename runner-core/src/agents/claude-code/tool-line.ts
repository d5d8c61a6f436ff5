import path from 'node:path';
import type { JsonObject } from '@agentfleet/contract';
import { isInside } from '../../allowlist/inside.js';
import { string } from './json.js';
import { oneLine } from './text.js';

const pathFields = ['file_path', 'notebook_path', 'path'];
/** What says most about a use of a tool, most telling first. */
const tellingFields = ['command', 'pattern', 'query', 'url', 'skill', 'subject', 'description', 'prompt'];

/**
 * A tool's use as one readable line: `Edit src/app.ts`, `Bash npm test`, `Grep TODO`. Files below `cwd` are named
 * relative to it.
 */
export function toolLine(name: string, input: JsonObject, cwd: string): string {
  const telling = tellingFields.map((field) => string(input[field])).find((text) => text?.trim());
  const file = pathFields.map((field) => string(input[field])).find((text) => text);
  // A search names what it looks for; the folder it looks in says less.
  const subject = 'pattern' in input ? telling : file ? relativeTo(cwd, file) : telling;
  return oneLine(subject ? `${name} ${subject}` : name);
}

function relativeTo(cwd: string, file: string): string {
  if (!path.isAbsolute(file) || !isInside(path, cwd, file)) return file;
  return path.relative(cwd, file) || '.';
}
