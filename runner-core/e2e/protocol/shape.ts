import type { Message, Recording } from './conversation.js';
import type { Recorded } from './record.js';

/** What can be told apart between two versions: names alone, no value of one run. */
export interface Shape {
  tools: Set<string>;
  capabilities: Set<string>;
  /** Commands that a prompt may begin with. */
  commands: Set<string>;
  /** Options of its command line. */
  options: Set<string>;
  /** By kind of message, e.g. `system/init` or `answer/initialize`. */
  messages: Map<string, { fields: Set<string>; scenarios: Set<string> }>;
  /** How each scenario went, e.g. `result success; exit 0`. */
  ends: Map<string, string>;
  /** By control request: `answered` or its refusal. */
  requests: Map<string, string>;
}

/** What is inside of these is the tool's or the test's, not the protocol's. */
const opaque = new Set(['input', 'tool_input', 'updatedInput', 'tool_use_result', 'structured_output']);

export function shapeOf(recorded: Recorded): Shape {
  const shape: Shape = {
    tools: new Set(),
    capabilities: new Set(),
    commands: new Set(),
    options: new Set(recorded.help.match(/(?<=^\s*(?:-\w, )?(?:--[\w-]+, )?)--[a-z][\w-]+/gm)),
    messages: new Map(),
    ends: new Map(),
    requests: new Map(),
  };
  for (const [scenario, recordings] of recorded.scenarios) {
    shape.ends.set(scenario, recordings.map(endOf).join(', then '));
    for (const recording of recordings) {
      for (const message of recording.said) addMessage(shape, scenario, recording, message);
    }
  }
  return shape;
}

function addMessage(shape: Shape, scenario: string, recording: Recording, message: Message): void {
  const kind = kindOf(message, recording);
  const { fields, scenarios } = shape.messages.get(kind) ?? { fields: new Set(), scenarios: new Set() };
  shape.messages.set(kind, { fields, scenarios });
  scenarios.add(scenario);
  addFields(fields, '', message);
  if (kind === 'system/init') {
    for (const tool of strings(message.tools)) shape.tools.add(tool);
    for (const capability of strings(message.capabilities)) shape.capabilities.add(capability);
    for (const command of strings(message.slash_commands)) shape.commands.add(command);
  }
  if (kind.startsWith('answer/')) {
    const { subtype, error } = message.response as { subtype?: string; error?: string };
    shape.requests.set(
      kind.slice('answer/'.length),
      subtype === 'success' ? 'answered' : `“${plain(error)}”`,
    );
  }
}

function kindOf(message: Message, { asked }: Recording): string {
  const { type, subtype, request, response, event } = message as Record<string, Record<string, string>> &
    Message;
  if (type === 'control_response') return `answer/${asked.get(response?.request_id ?? '') ?? '?'}`;
  const second =
    type === 'control_request' ? request?.subtype : type === 'stream_event' ? event?.type : subtype;
  return second ? `${type}/${second}` : type;
}

/** Paths of everything in a value, e.g. `message.content[text].text`. */
function addFields(fields: Set<string>, path: string, value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      const type = (item as { type?: unknown } | null)?.type;
      const place = `${path}[${typeof type === 'string' ? type : ''}]`;
      fields.add(place);
      addFields(fields, place, item);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    // Names of models, files and the like are values.
    const name = /^[a-zA-Z_]\w*$/.test(key) ? key : '*';
    const field = path === '' ? name : `${path}.${name}`;
    fields.add(field);
    if (!opaque.has(key)) addFields(fields, field, inner);
  }
}

function endOf({ said, missed, exitCode }: Recording): string {
  const results = said
    .filter(({ type }) => type === 'result')
    .map(({ subtype, is_error, terminal_reason, api_error_status, errors }) => {
      const details = [
        is_error && 'is_error',
        terminal_reason,
        api_error_status,
        ...strings(errors).map(plain),
      ];
      return `result ${[subtype, ...details.filter(Boolean)].join(' ')}`;
    });
  const vain = missed.map((what) => `waited in vain for ${what}`);
  return [...results, ...vain, exitCode === null ? 'had to be killed' : `exit ${exitCode}`].join('; ');
}

/** Without what is of one run. */
const plain = (words: unknown): string =>
  String(words)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')
    .slice(0, 120);

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
