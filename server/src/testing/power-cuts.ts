import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';

/** A file or a directory, whatever its name is at the moment. */
interface Node {
  /** Undefined for a directory. */
  bytes: Buffer | undefined;
  entries: Map<string, Node>;
}

type Step =
  | { kind: 'write'; node: Node; at: number; bytes: Buffer }
  | { kind: 'size'; node: Node; size: number }
  | { kind: 'enter'; directory: Node; name: string; node: Node }
  | { kind: 'leave'; directory: Node; name: string }
  | { kind: 'move'; directory: Node; name: string; to: Node; toName: string; node: Node }
  | { kind: 'force'; node: Node };

/** Bytes that a disk writes as one. */
const sectorBytes = 512;

// The functions of Node's module, which whoever uses it looks up at each call.
const fs: typeof import('node:fs') = createRequire(import.meta.url)('node:fs');

/**
 * A disk that loses what it was not told to keep. It notes what is written below a directory, in order, and lays out what a power
 * cut at any moment may leave of it: all that was forced, and of the rest, sector by sector and entry by entry, any part. To force a
 * file also keeps its own entry, as the journals of file systems do.
 */
export class PowerCuts {
  readonly #root: string;
  readonly #steps: Step[] = [];
  readonly #tree: Node;
  readonly #open = new Map<number, Node>();
  readonly #start: Map<Node, Node>;
  readonly #undo: (() => void)[] = [];

  /** Begins to note. What is there counts as kept. */
  constructor(root: string) {
    this.#root = root;
    this.#tree = readTree(root);
    this.#start = copied(this.#tree);
    this.#watch();
  }

  /** How many steps were noted so far: a moment. */
  get now(): number {
    return this.#steps.length;
  }

  stop(): void {
    for (const undo of this.#undo) undo();
  }

  /**
   * Writes into an empty directory what a cut at that moment may leave.
   * @param survives how likely it is of each thing that was not forced, 0 to 1
   */
  layOut(moment: number, directory: string, survives: number, random: () => number): void {
    const kept = new Map(
      [...this.#start].map(([node, copy]) => [node, { ...copy, entries: new Map(copy.entries) }]),
    );
    const disk = new Disk(kept);
    let pending: Step[] = [];
    for (const step of this.#steps.slice(0, moment)) {
      if (step.kind !== 'force') pending.push(step);
      else {
        const isForced = (one: Step) => concerns(one, step.node);
        for (const one of pending.filter(isForced)) disk.apply(one);
        pending = pending.filter((one) => !isForced(one));
      }
    }
    for (const step of pending) {
      for (const part of step.kind === 'write' ? sectorsOf(step) : [step]) {
        if (random() < survives) disk.apply(part);
      }
    }
    disk.writeTo(this.#tree, directory);
  }

  #find(path: string): { directory: Node; name: string; node: Node | undefined } | undefined {
    const inside = relative(this.#root, String(path));
    if (inside.startsWith('..')) return undefined;
    if (inside === '') return { directory: this.#tree, name: '', node: this.#tree };
    let directory: Node | undefined = this.#tree;
    for (const part of dirname(inside).split(sep)) if (part !== '.') directory = directory?.entries.get(part);
    if (!directory) throw new Error(`Nothing is known of the directory of ${path}`);
    const name = basename(inside);
    return { directory, name, node: directory.entries.get(name) };
  }

  #enter(path: string, bytes: Buffer | undefined): Node | undefined {
    const found = this.#find(path);
    if (!found || found.node) return found?.node;
    const node: Node = { bytes, entries: new Map() };
    found.directory.entries.set(found.name, node);
    this.#steps.push({ kind: 'enter', directory: found.directory, name: found.name, node });
    return node;
  }

  #watch(): void {
    const after = <Name extends keyof typeof fs>(
      name: Name,
      note: (result: never, ...args: never[]) => void,
    ) => {
      const original = fs[name] as (...args: unknown[]) => unknown;
      const watched = (...args: unknown[]) => {
        const result = original(...args);
        note(result as never, ...(args as never[]));
        return result;
      };
      Object.assign(fs, { [name]: watched });
      this.#undo.push(() => Object.assign(fs, { [name]: original }));
    };
    const size = (node: Node | undefined, bytes: number) => {
      if (node) this.#steps.push({ kind: 'size', node, size: bytes });
    };
    after('mkdirSync', (_made, path: string) => this.#enter(path, undefined));
    after('writeFileSync', (_done, path: string, text: string) => {
      const node = this.#enter(path, Buffer.alloc(0));
      if (text.length > 0) throw new Error(`${path} was written as a whole`);
      size(node, 0);
    });
    after('openSync', (fd: number, path: string, flags: number) => {
      const node = this.#find(path)?.node ?? this.#enter(path, Buffer.alloc(0));
      if (!node) return;
      this.#open.set(fd, node);
      if (typeof flags === 'number' && flags & fs.constants.O_TRUNC) size(node, 0);
    });
    after('closeSync', (_done, fd: number) => this.#open.delete(fd));
    after(
      'writeSync',
      (written: number, fd: number, from: Uint8Array, offset: number, _length: number, at: number) => {
        const node = this.#open.get(fd);
        const bytes = Buffer.from(from.buffer as ArrayBuffer, from.byteOffset + offset, written);
        if (node) this.#steps.push({ kind: 'write', node, at, bytes: Buffer.from(bytes) });
      },
    );
    after('ftruncateSync', (_done, fd: number, bytes: number) => size(this.#open.get(fd), bytes));
    after('truncateSync', (_done, path: string, bytes: number) => size(this.#find(path)?.node, bytes));
    after('fsyncSync', (_done, fd: number) => {
      const node = this.#open.get(fd);
      if (node) this.#steps.push({ kind: 'force', node });
    });
    const leave = (_done: unknown, path: string) => {
      const found = this.#find(path);
      if (!found) return;
      found.directory.entries.delete(found.name);
      this.#steps.push({ kind: 'leave', directory: found.directory, name: found.name });
    };
    after('unlinkSync', leave);
    after('rmdirSync', leave);
    after('renameSync', (_done, path: string, toPath: string) => {
      const from = this.#find(path);
      const to = this.#find(toPath);
      if (!from?.node || !to) return;
      from.directory.entries.delete(from.name);
      to.directory.entries.set(to.name, from.node);
      const { directory, name, node } = from;
      this.#steps.push({ kind: 'move', directory, name, to: to.directory, toName: to.name, node });
    });
  }
}

/** Whether forcing a file or a directory keeps what the step did. */
function concerns(step: Step, forced: Node): boolean {
  if (step.kind === 'write' || step.kind === 'size') return step.node === forced;
  if (step.kind === 'enter') return step.node === forced || step.directory === forced;
  if (step.kind === 'move') return step.node === forced || step.directory === forced || step.to === forced;
  return step.kind === 'leave' && step.directory === forced;
}

function* sectorsOf(step: Extract<Step, { kind: 'write' }>): Generator<Step> {
  for (let at = 0; at < step.bytes.length; at += sectorBytes) {
    yield { ...step, at: step.at + at, bytes: step.bytes.subarray(at, at + sectorBytes) };
  }
}

/** What is on the disk, by the nodes of those who wrote it. */
class Disk {
  readonly #kept: Map<Node, Node>;
  readonly #own = new Set<Node>();

  constructor(kept: Map<Node, Node>) {
    this.#kept = kept;
  }

  apply(step: Step): void {
    if (step.kind === 'write') {
      const { at, bytes } = step;
      const to = this.#withRoom(
        step.node,
        Math.max(this.#of(step.node).bytes?.length ?? 0, at + bytes.length),
      );
      bytes.copy(to, at);
    } else if (step.kind === 'size') this.#withRoom(step.node, step.size);
    else if (step.kind === 'enter') this.#of(step.directory).entries.set(step.name, step.node);
    else if (step.kind === 'leave') this.#of(step.directory).entries.delete(step.name);
    else if (step.kind === 'move') {
      this.#of(step.directory).entries.delete(step.name);
      this.#of(step.to).entries.set(step.toName, step.node);
    }
  }

  writeTo(node: Node, path: string): void {
    const { bytes, entries } = this.#of(node);
    if (node.bytes) {
      writeFileSync(path, bytes ?? '', { mode: 0o600 });
      return;
    }
    mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const [name, inside] of entries) this.writeTo(inside, join(path, name));
  }

  #of(node: Node): Node {
    const kept = this.#kept.get(node) ?? { bytes: node.bytes && Buffer.alloc(0), entries: new Map() };
    this.#kept.set(node, kept);
    return kept;
  }

  /** The bytes of a file, as many as asked for, which may be changed. */
  #withRoom(node: Node, size: number): Buffer {
    const kept = this.#of(node);
    const before = kept.bytes ?? Buffer.alloc(0);
    if (this.#own.has(node) && before.length === size) return before;
    const bytes = Buffer.alloc(size);
    before.copy(bytes);
    kept.bytes = bytes;
    this.#own.add(node);
    return bytes;
  }
}

function readTree(path: string): Node {
  const entries = new Map<string, Node>();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) entries.set(entry.name, readTree(inside));
    else if (entry.isFile()) entries.set(entry.name, { bytes: readFileSync(inside), entries: new Map() });
  }
  return { bytes: undefined, entries };
}

/** Of each node what it is now; the bytes are shared. */
function copied(node: Node, into = new Map<Node, Node>()): Map<Node, Node> {
  into.set(node, { bytes: node.bytes, entries: new Map(node.entries) });
  for (const inside of node.entries.values()) copied(inside, into);
  return into;
}
