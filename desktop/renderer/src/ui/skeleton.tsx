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
