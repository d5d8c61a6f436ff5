import { Autocomplete } from '@base-ui/react/autocomplete';
import { useState } from 'react';
import { Seen } from './seen.js';

export interface Suggestion {
  value: string;
  /** Beside it, e.g. who allows it. */
  hint: string;
}

export interface SuggestionGroup {
  name: string;
  items: readonly Suggestion[];
}

interface Props {
  groups: readonly SuggestionGroup[];
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  mono?: boolean;
}

/** A field for any text, with what is likely meant below it. */
export function SuggestField({ groups, value, onChange, placeholder, mono = false }: Props) {
  const [open, setOpen] = useState(false);
  const fitting = fit(groups, value);
  const all = fitting.flatMap(({ items }) => items);
  // No list for nothing, nor for what already stands in the field.
  const useful = all.length > 1 || (all.length === 1 && all[0]?.value !== value);
  const shown = open && useful;
  return (
    <Autocomplete.Root
      mode="none"
      items={fitting}
      value={value}
      // Escape closes the list; it does not empty the field.
      onValueChange={(next, { reason }) => reason !== 'escape-key' && onChange(next)}
      itemToStringValue={(item: Suggestion) => item.value}
      open={shown}
      onOpenChange={setOpen}
      openOnInputClick
    >
      <Autocomplete.Input
        className={`field ${mono ? 'font-mono text-[13px]' : ''}`}
        placeholder={placeholder}
        spellCheck={false}
        autoCapitalize="off"
        // Also where there was nothing to show yet: what is known later does not open by itself.
        onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}
      />
      {shown && (
        <Autocomplete.Portal>
          <Autocomplete.Positioner className="z-30" sideOffset={4} align="start">
            {/* Not the library's popup: that shuts the rest of the page off for screen readers, and the keyboard goes
                on through it all the same. */}
            <Autocomplete.List className="popup w-(--anchor-width) max-w-(--available-width) py-1">
              {(group: SuggestionGroup) => (
                <Autocomplete.Group key={group.name} items={group.items}>
                  <Autocomplete.GroupLabel className="px-3 pt-1.5 pb-1 text-[12px] text-soft">
                    {group.name}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(item: Suggestion) => (
                      <Autocomplete.Item
                        key={item.value}
                        value={item}
                        className="menu-item"
                        onClick={() => onChange(item.value)}
                      >
                        <span className={`truncate ${mono ? 'font-mono text-[12.5px]' : ''}`}>
                          <Seen text={item.value} />
                        </span>
                        <span className="ml-auto shrink-0 text-[12.5px] text-soft">
                          <Seen text={item.hint} />
                        </span>
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      )}
    </Autocomplete.Root>
  );
}

/** What the text may become: everything that holds it, or, where it is one of them as it stands, any other. */
function fit(groups: readonly SuggestionGroup[], text: string): readonly SuggestionGroup[] {
  if (groups.some(({ items }) => items.some(({ value }) => value === text))) return groups;
  const within = text.trim().toLowerCase();
  return groups
    .map(({ name, items }) => ({
      name,
      items: items.filter(({ value }) => value.toLowerCase().includes(within)),
    }))
    .filter(({ items }) => items.length > 0);
}
