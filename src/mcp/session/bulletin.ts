/** Where workers of a process tell each other things. What a worker posts reaches the others in order, while they live. */
export interface Bulletin {
  /** @param message Structured-cloneable. */
  post(message: unknown): void;
  /** Calls `take` with every message of another worker, until the result is called. */
  listen(take: (message: unknown) => void): () => void;
}

/** For a worker that has no others. */
export const noBulletin: Bulletin = { post: () => undefined, listen: () => () => undefined };
