import type { Logger } from '../../base/logger.ts';
import type { WebFetch } from '../../base/web-fetch.ts';

/** What token sources need of the worker that they run in. */
export interface CredentialPorts {
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: WebFetch;
}
