/** Of tables whose rows all come at once. */
export const nothingMore = { hasMore: false, isLoadingMore: false, onMore: () => undefined } as const;
