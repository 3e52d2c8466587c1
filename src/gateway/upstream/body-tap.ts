/** Sees a response's payload as it passes, and changes nothing. */
export interface BodyTap {
  /** Bytes without framing; valid only during the call. */
  chunk(payload: Buffer): void;
  /** Nothing follows. `complete`: the upstream ended the body as it should. */
  end(complete: boolean): void;
}
