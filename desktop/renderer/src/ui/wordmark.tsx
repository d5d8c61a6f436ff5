/** The product's name as it is written. */
export function Wordmark() {
  return (
    <span className="whitespace-nowrap font-mono font-semibold">
      <span aria-hidden="true" className="text-accent">
        ›_
      </span>{' '}
      agentfleet
    </span>
  );
}
