import type { Exchange } from '../exchange.ts';

/** The client's request that a request to an upstream is made for: what credentials may be made from. */
export type Caller = Pick<Exchange, 'request' | 'credential' | 'attributes'>;
