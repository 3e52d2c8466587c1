import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** How this process calls itself in Via (RFC 9110 §7.6.3), the same in all its workers; it tells nothing about the machine. */
export const ownName: string = `waygate-${createHash('sha256').update(`${hostname()} ${process.pid}`).digest('hex').slice(0, 12)}`;
