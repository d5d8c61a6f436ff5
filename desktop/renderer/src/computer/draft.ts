import { AppSettings, type SettingsDraft } from '@agentfleet/bridge';

/** Settings of the runner as fields hold them: what is typed is a text until it is applied. */
export interface Fields
  extends Pick<AppSettings, 'directories' | 'permissionModes' | 'approvals' | 'claudePath'> {
  server: string;
  name: string;
  maxConcurrentRuns: string;
}
export type FieldName = keyof Fields;
export type TypedName = 'server' | 'name' | 'maxConcurrentRuns';
/** What was changed on the page and does not hold yet. */
export type Draft = Partial<Fields>;

/** How the page calls what it changes. */
export const fieldWords: Record<FieldName, string> = {
  server: 'the server address',
  name: 'the name',
  maxConcurrentRuns: 'sessions at once',
  directories: 'the folders',
  permissionModes: 'the permission modes',
  approvals: 'whether to ask',
  claudePath: 'Claude Code',
};

const wrongWords: Record<TypedName, string> = {
  server: 'An address such as https://your-host, without a name or password.',
  name: 'A name of 1 to 100 characters.',
  maxConcurrentRuns: 'A whole number from 1 to 256.',
};

export function fieldsOf(settings: AppSettings): Fields {
  const { server, name, maxConcurrentRuns, directories, permissionModes, approvals, claudePath } = settings;
  const typed = { server, name, maxConcurrentRuns: String(maxConcurrentRuns) };
  return { ...typed, directories, permissionModes, approvals, claudePath };
}

export interface ReadDraft {
  /** The fields that differ from the settings. */
  changed: FieldName[];
  patch: SettingsDraft;
  /** What is wrong with what was typed; nothing may then be applied. */
  problems: Partial<Record<TypedName, string>>;
}

/** What a draft asks for. What an address means is for the main process to find out. */
export function readDraft(draft: Draft, settings: AppSettings): ReadDraft {
  const saved = fieldsOf(settings);
  const read: ReadDraft = { changed: [], patch: {}, problems: {} };
  for (const name of Object.keys(draft) as FieldName[]) {
    const value = typeof draft[name] === 'string' ? draft[name].trim() : draft[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(saved[name])) continue;
    read.changed.push(name);
    const wanted = name === 'maxConcurrentRuns' ? Number(value) : value;
    const fits =
      name === 'server' ? mayBeAddress(String(value)) : AppSettings.shape[name].safeParse(wanted).success;
    if (fits) Object.assign(read.patch, { [name]: wanted });
    else if (name in wrongWords) read.problems[name as TypedName] = wrongWords[name as TypedName];
  }
  return read;
}

/** Without a scheme, or with one that a server is reached by. */
function mayBeAddress(text: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  return text !== '' && !/[\s@]/.test(text) && (scheme === undefined || /^https?$/i.test(scheme));
}
