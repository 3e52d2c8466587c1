/** Protocol revisions with a handshake, newest first. */
export const handshakeRevisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** What we ask of upstreams, and answer to a client whose revision we do not know. */
export const latestHandshakeRevision = '2025-11-25';

/** The revision without a handshake: every request says its version and the client's capabilities. */
export const modernRevision = '2026-07-28';

/** Everything that clients may speak to us, newest first. */
export const supportedRevisions: readonly string[] = [modernRevision, ...handshakeRevisions];

/** The one revision whose clients may send arrays of messages. */
export const batchRevision = '2025-03-26';

/** True when both sides of a handshake may settle on `version`. */
export function isKnownRevision(version: unknown): version is string {
  return typeof version === 'string' && handshakeRevisions.includes(version);
}

/** The revision that a server answers to a client that asks for `asked` (2025-11-25, lifecycle, version negotiation). */
export function negotiate(asked: unknown): string {
  return isKnownRevision(asked) ? asked : latestHandshakeRevision;
}

/** Whether a client of `version` takes events with an id and no data, which let it resume from the very start. */
export function takesPrimingEvents(version: string): boolean {
  return version >= '2025-11-25';
}
