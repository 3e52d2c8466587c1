/**
 * Whom a client acts for. What clients may share, a process of an older server for instance, they share only with those
 * of the same principal. Who has proved nothing is one of all those.
 */
export const anonymous = '';

/** Whom the gateway acts for that uses a server before any client does: what it began is the first client's. */
export const nobody = '\u0000nobody';
