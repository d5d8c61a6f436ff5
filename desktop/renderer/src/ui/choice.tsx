interface Props<Option extends string> {
  /** What is chosen, for those who do not see it. */
  name: string;
  options: Readonly<Record<Option, string>>;
  value: Option;
  onChange: (option: Option) => void;
}

/** One of a few, side by side. */
export function Choice<Option extends string>({ name, options, value, onChange }: Props<Option>) {
  return (
    <fieldset className="inline-flex min-w-0 max-w-full flex-wrap self-start rounded-md border border-line bg-raised p-0.5">
      <legend className="sr-only">{name}</legend>
      {(Object.keys(options) as Option[]).map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={value === option}
          className={`whitespace-nowrap rounded px-1 py-1 sm:px-2.5 ${value === option ? 'bg-accent-soft font-medium text-accent' : 'text-soft hover:text-ink'}`}
          onClick={() => onChange(option)}
        >
          {options[option]}
        </button>
      ))}
    </fieldset>
  );
}
