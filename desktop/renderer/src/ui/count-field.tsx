interface Props {
  name: string;
  /** As it is typed; '' where there is no limit. */
  value: string;
  onChange: (value: string) => void;
}

/** A limit as a whole number, or none. */
export function CountField({ name, value, onChange }: Props) {
  return (
    <label className="flex min-w-0 flex-col gap-1">
      <span>{name}</span>
      <input
        type="number"
        className="field"
        placeholder="Any number"
        min={1}
        max={1_000_000}
        step={1}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
