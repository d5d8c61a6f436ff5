import type { Shape, Shapes } from './shapes.js';

/** Where a value is not what it has to be, e.g. `data/3/status`; undefined where it is. */
export function misfit(shapes: Shapes, shape: Shape, value: unknown, path = ''): string | undefined {
  if (typeof shape === 'string') {
    const named = shape.startsWith('#') ? shapes[shape.slice(1)] : undefined;
    if (named !== undefined) return misfit(shapes, named, value, path);
    return isOfType(shape, value) ? undefined : placeOf(path);
  }
  if ('in' in shape) return shape.in.includes(value) ? undefined : placeOf(path);
  if ('any' in shape) {
    let deepest: string | undefined;
    for (const one of shape.any) {
      const wrong = misfit(shapes, one, value, path);
      if (wrong === undefined) return undefined;
      if (deepest === undefined || wrong.length > deepest.length) deepest = wrong;
    }
    return deepest;
  }
  if ('all' in shape) {
    if (!Array.isArray(value)) return placeOf(path);
    return firstOf(value.entries(), (index, member) => misfit(shapes, shape.all, member, `${path}/${index}`));
  }
  if (!isOfType('object', value)) return placeOf(path);
  const object = value as Record<string, unknown>;
  if ('each' in shape) {
    return firstOf(Object.entries(object), (key, member) =>
      misfit(shapes, shape.each, member, `${path}/${key}`),
    );
  }
  return firstOf(Object.entries(shape.has), (key, member) => {
    const isOptional = key.endsWith('?');
    const name = isOptional ? key.slice(0, -1) : key;
    if (isOptional && object[name] === undefined) return undefined;
    return misfit(shapes, member, object[name], `${path}/${name}`);
  });
}

function firstOf<Key>(
  members: Iterable<[Key, unknown]>,
  look: (key: Key, member: never) => string | undefined,
): string | undefined {
  for (const [key, member] of members) {
    const wrong = look(key, member as never);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case '':
      return value !== undefined;
    default:
      return typeof value === type;
  }
}

const placeOf = (path: string) => path.slice(1) || 'the whole';
