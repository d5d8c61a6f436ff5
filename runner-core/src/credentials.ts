import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { readIdentity } from './identity.js';
import { freePath } from './outbox/free-path.js';
import { refuseReaders } from './secret-file.js';
import type { Settings } from './settings.js';
import { SettingsError } from './settings-error.js';
import { writeWhole } from './whole-file.js';

/** What one org on one server gave to this machine. What a newer version has written besides stays, here and below. */
const Kept = z.looseObject({
  url: z.string(),
  /** Fingerprint of the API key that it was enrolled with. */
  key: z.string(),
  runnerId: z.string(),
  credential: z.string(),
});
type Kept = z.infer<typeof Kept>;

const Contents = z.looseObject({
  /** Whose they are: in a copy of the directory with another identity they count for nothing. */
  machineId: z.uuid(),
  credentials: z.array(Kept).max(100),
  /** An enrolment that has not been answered: what it is repeated with, and by which key. */
  enrolling: z.object({ key: z.string(), secret: z.string() }).optional(),
});
type Contents = z.infer<typeof Contents>;

/** Of how many orgs and servers credentials are kept, the newest ones. */
const mostKept = 20;

/**
 * The runner's own credentials, in its directory beside the identity, for its user alone. A credential is sent to where it
 * came from, or to where its API key is sent, and nowhere else.
 */
export class Credentials {
  /** What a runner with these settings would begin with, without a trace; undefined where it would enrol. */
  static ownOf(settings: Partial<Pick<Settings, 'runnerDir' | 'url' | 'apiKey'>>): string | undefined {
    const { runnerDir, url, apiKey } = settings;
    if (runnerDir === undefined || url === undefined || apiKey === undefined) return undefined;
    const isNew = !existsSync(join(runnerDir, 'identity.json'));
    return isNew
      ? undefined
      : new Credentials({ runnerDir, url, apiKey }, readIdentity(runnerDir).machineId).own;
  }

  readonly #path: string;
  readonly #url: string;
  readonly #key: string;
  readonly #refused = new Set<string>();
  #contents: Contents;
  /** Whether the file says what this version does not understand: it is put aside when another takes its place. */
  #isStrange: boolean;

  constructor(
    { runnerDir, url, apiKey }: { runnerDir: string; url: string; apiKey: string },
    machineId: string,
  ) {
    this.#path = join(runnerDir, 'credential.json');
    this.#url = url;
    this.#key = createHash('sha256').update(apiKey).digest('hex');
    const found = read(this.#path);
    this.#isStrange = found === 'strange';
    this.#contents =
      found !== 'strange' && found?.machineId === machineId ? found : { machineId, credentials: [] };
  }

  /** What was enrolled with the API key of today. */
  get own(): string | undefined {
    return this.#find(({ key }) => key === this.#key)?.credential;
  }

  /**
   * What was enrolled with another key of the same org, which the server says in refusing to enrol this machine again.
   * @param refusal its words, which name the runner: a machine may be one runner of each org
   */
  ofRefusal(refusal: string): string | undefined {
    return this.#find(({ url, runnerId }) => url === this.#url && refusal.includes(runnerId))?.credential;
  }

  /** What this server has given, of whichever org and key, the newest first. */
  get ofServer(): Kept[] {
    return this.#contents.credentials
      .filter(({ url, credential }) => url === this.#url && !this.#refused.has(credential))
      .reverse();
  }

  /** What an enrolment is repeated with until it is answered. It is on the disk before it is used. */
  secret(): string {
    const { enrolling } = this.#contents;
    if (enrolling?.key === this.#key) return enrolling.secret;
    const secret = randomBytes(24).toString('base64url');
    this.#write({ ...this.#contents, enrolling: { key: this.#key, secret } });
    return secret;
  }

  /** The server has taken it for the runner of this id: from now on it is the one of this URL and key. */
  keep(credential: string, runnerId: string): void {
    const kept = { url: this.#url, key: this.#key, runnerId, credential };
    const { enrolling: _, ...contents } = this.#contents;
    const { credentials } = contents;
    const [newest] = credentials.slice(-1);
    if (newest && JSON.stringify(newest) === JSON.stringify(kept)) return;
    const others = credentials.filter((one) => one.key !== this.#key && one.credential !== credential);
    this.#write({ ...contents, credentials: [...others, kept].slice(-mostKept) });
  }

  /** The server does not take it any more. It stays on the disk until there is another. */
  refuse(credential: string): void {
    this.#refused.add(credential);
  }

  #find(matches: (kept: Kept) => boolean): Kept | undefined {
    return this.#contents.credentials.findLast(
      (kept) => matches(kept) && !this.#refused.has(kept.credential),
    );
  }

  #write(contents: Contents): void {
    if (this.#isStrange) renameSync(this.#path, freePath(this.#path, '.damaged'));
    this.#isStrange = false;
    writeWhole(this.#path, `${JSON.stringify(contents)}\n`);
    this.#contents = contents;
  }
}

/** What is damaged, or of a version that keeps them otherwise, counts as lost: the server then says what to do. */
function read(path: string): Contents | 'strange' | undefined {
  try {
    refuseReaders('The credential of this runner', path);
    return Contents.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) return 'strange';
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}
