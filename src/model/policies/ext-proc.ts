import type { Expression } from '../model.ts';
import type { HelperTarget } from './helper.ts';

/**
 * How a service is shown a body. `none`: not at all. `streamed`: chunk by chunk, each waits for its answer. `buffered`:
 * whole. `bufferedPartial`: its beginning. `fullDuplexStreamed`: as it comes, and the answers are a stream of their own.
 */
export type ShownBodyMode = 'none' | 'streamed' | 'buffered' | 'bufferedPartial' | 'fullDuplexStreamed';

/** What a service is shown of an exchange. */
export interface ExtProcModes {
  readonly requestHeaders: boolean;
  readonly responseHeaders: boolean;
  readonly requestBody: ShownBodyMode;
  readonly responseBody: ShownBodyMode;
  readonly requestTrailers: boolean;
  readonly responseTrailers: boolean;
}

/** A service that sees requests and responses and may change them. Times in milliseconds. */
export interface ExtProcSpec {
  readonly target: HelperTarget;
  /** True: what the service fails to process goes on as it was, where it still can. */
  readonly failOpen: boolean;
  readonly modes: ExtProcModes;
  readonly allowModeOverride: boolean;
  /** Dynamic metadata by namespace and name. */
  readonly metadata: ReadonlyMap<string, ReadonlyMap<string, Expression>>;
  readonly requestAttributes: ReadonlyMap<string, Expression>;
  readonly responseAttributes: ReadonlyMap<string, Expression>;
  /** For each answer; 0: no limit. */
  readonly messageTimeoutMs: number;
  /** The most that the service may ask for instead; 0: nothing. */
  readonly maxMessageTimeoutMs: number;
}
