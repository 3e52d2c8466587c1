/**
 * Whom a client acts for. What clients may share, a process of an older server for instance, they share only with those
 * of the same principal. Nobody is authenticated yet, so that all are one.
 */
export const anonymous = '';
