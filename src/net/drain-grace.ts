/**
 * How long a connection without a request stays open when its listener ends, in milliseconds: a request may be on its way,
 * and would be lost. It is the last one then.
 */
export const DRAIN_GRACE_MS = 1000;
