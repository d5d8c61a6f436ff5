/** Stands where lines will be. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <div className="flex flex-col gap-4 p-6" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => line).map((line) => (
        <div key={line} className={`skeleton h-4 ${line % 3 === 2 ? 'w-2/5' : 'w-4/5'}`} />
      ))}
    </div>
  );
}

/** Stands where a list will be. */
export function RowSkeleton({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} className="flex h-10.5 items-center gap-6 border-line border-b">
          <span className="skeleton h-3.5 w-16" />
          <span className={`skeleton h-3.5 ${['w-2/5', 'w-1/3', 'w-1/2'][row % 3]}`} />
          <span className="skeleton ml-auto hidden h-3.5 w-1/5 sm:block" />
        </div>
      ))}
    </div>
  );
}
