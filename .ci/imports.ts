import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Which files each file imports. Paths are relative to the part, with `/`. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** A line of a comment. */
const comment = /^\s*(?:\*|\/[/*]).*$/gm;
/** `from '…'`, `import '…'` and `import('…')` of another file of the same part. The formatter sees to the quotes. */
const imported = /(?:\bfrom\s+|\bimport\s*\(?\s*)'(\.{1,2}\/[^']*)'/g;

/**
 * Reads what the files of a folder import of each other; imports of types alone count as well. Tests and what is generated
 * are left out. dependency-cruiser would do this, but needs Node 22.
 * @returns `unresolved`: imports of files that are not there, so that none is overlooked
 */
export function importsOf(part: string): { imports: Imports; unresolved: string[] } {
  const imports = new Map<string, string[]>();
  const unresolved: string[] = [];
  const files = readdirSync(part, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  const isOurs = (path: string) =>
    /\.(?:m?[jt]s|tsx)$/.test(path) && !/\.test\.tsx?$|(?:^|\/)(?:generated|dist)\//.test(path);
  for (const file of files.filter(isOurs).sort()) {
    const targets: string[] = [];
    const code = readFileSync(join(part, file), 'utf8').replace(comment, '');
    for (const [, target = ''] of code.matchAll(imported)) {
      const path = posix.normalize(posix.join(dirname(file), target));
      const ways = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')];
      const found = ways.find((way) => existsSync(join(part, way)));
      if (found) targets.push(found);
      else if (!path.includes('generated/')) unresolved.push(`${file} imports ${target}`);
    }
    imports.set(file, targets);
  }
  return { imports, unresolved };
}

/** Files that import themselves in the end, those of one circle together: Tarjan's strongly connected components. */
export function circlesIn(imports: Imports): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    let low = order.size;
    order.set(file, low);
    open.push(file);
    const at = open.length - 1;
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low);
    }
    if (low === order.get(file)) {
      const circle = open.splice(at);
      if (circle.length > 1 || imports.get(file)?.includes(file)) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort();
}
