import * as z from 'zod';
import { hiddenIn } from './plain/hidden-parts.js';
import type { JsonValue } from './text.js';

/** At most this many are told of one approval: who sees the first hundred does not need the rest to be warned. */
const maxTold = 100;

/** A character that a reader does not see, or that changes the order in which the ones around it are read. */
export const HiddenCharacter = z
  .strictObject({
    in: z.string().meta({
      description:
        'The text that it stands in, as a JSON pointer (RFC 6901) into the approval, e.g. /input/command; of one in the name of a member, the object',
    }),
    at: z.int().min(0).meta({ description: 'Where in that text, in UTF-16 code units' }),
    code: z.string().meta({ description: 'Its code point, e.g. U+202E' }),
  })
  .meta({ id: 'HiddenCharacter' });
export type HiddenCharacter = z.infer<typeof HiddenCharacter>;

/**
 * The hidden characters of what a person is asked, the first hundred in order. Names of members count: they are shown.
 * @param asked the texts of an approval by its fields
 */
export function hiddenCharacters(asked: Record<string, JsonValue>): HiddenCharacter[] {
  const told: HiddenCharacter[] = [];
  const tell = (where: string, text: string) => {
    for (const one of hiddenIn(text)) if (told.length < maxTold) told.push({ in: where, ...one });
  };
  const walk = (value: JsonValue, where: string) => {
    if (told.length >= maxTold) return;
    if (typeof value === 'string') tell(where, value);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) tell(where, name);
      walk(member, `${where}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    }
  };
  walk(asked, '');
  return told;
}
