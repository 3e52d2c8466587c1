/** The part of oidc-provider's API that tests use; the package has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Context {
    readonly oidc: {
      readonly params: Readonly<Record<string, unknown>>;
      readonly client: { readonly clientId: string };
      readonly entities: Readonly<Record<string, unknown>>;
    };
    body: unknown;
  }

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    registerGrantType(
      name: string,
      handler: (ctx: Context, next: () => Promise<void>) => Promise<void>,
      parameters: readonly string[],
      allowedDuplicates?: readonly string[],
    ): void;
    on(event: string, listener: (...values: unknown[]) => void): this;
  }
}
