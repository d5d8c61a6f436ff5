interface Props {
  /** A list that is read page by page. */
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  name?: string | undefined;
}

/** A button below a list that has more. */
export function EarlierOnes({ pages, name = 'Earlier ones' }: Props) {
  if (!pages.hasNextPage) return null;
  return (
    <button
      type="button"
      className="button self-start"
      disabled={pages.isFetchingNextPage}
      onClick={() => void pages.fetchNextPage()}
    >
      {name}
    </button>
  );
}
