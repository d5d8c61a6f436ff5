/**
 * What a value has to look like: a type by its name in JSON Schema (`''` for anything), another shape by `#` and its name,
 * one of several, one of some values, an array, an object by its members (with `?` behind the name of one that may be left
 * out; what it has besides is passed over, for newer servers say more), or an object of any members.
 */
export type Shape =
  | string
  | { any: Shape[] }
  | { in: unknown[] }
  | { all: Shape }
  | { has: Record<string, Shape> }
  | { each: Shape };

export type Shapes = Record<string, Shape>;
