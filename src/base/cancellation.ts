/** What an operation that can be ended early listens to; an AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** What a wait that is ended rejects with. */
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * The least that can cancel an operation, for where one is made for every request: an AbortController with its signal
 * allocates 800 bytes.
 */
export class Cancellation implements CancelSignal {
  aborted = false;
  readonly reason = 'cancelled';
  #listeners: (() => void)[] | null = null;

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    (this.#listeners ??= []).push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }
}
