import type { ExtProcModes, ShownBodyMode } from '../../../model/policies/ext-proc.ts';
import { bodySendModes, headerSendModes, type ProcessingMode } from '../../../net/grpc/envoy/ext-proc.ts';

const names: ReadonlyMap<number, ShownBodyMode> = new Map([
  [bodySendModes.none, 'none'],
  [bodySendModes.streamed, 'streamed'],
  [bodySendModes.buffered, 'buffered'],
  [bodySendModes.bufferedPartial, 'bufferedPartial'],
  [bodySendModes.fullDuplexStreamed, 'fullDuplexStreamed'],
]);

/** The number of a mode on the wire. */
export function bodyModeNumber(mode: ShownBodyMode): number {
  return bodySendModes[mode];
}

/**
 * What a service is shown from now on, after it has said so in its answer to a head. Of the request's modes nothing
 * changes once the response is there. Header modes that it leaves at their default stay; body modes are all said, as in
 * Envoy.
 */
export function overridden(modes: ExtProcModes, override: ProcessingMode, at: 'request' | 'response'): ExtProcModes {
  const body = (number: number | undefined, before: ShownBodyMode): ShownBodyMode => names.get(number ?? 0) ?? before;
  const response = {
    responseBody: body(override.responseBodyMode, modes.responseBody),
    responseTrailers: shown(override.responseTrailerMode, modes.responseTrailers),
  };
  if (at === 'response') return { ...modes, ...response };
  return {
    ...modes,
    ...response,
    requestBody: body(override.requestBodyMode, modes.requestBody),
    requestTrailers: shown(override.requestTrailerMode, modes.requestTrailers),
    responseHeaders: shown(override.responseHeaderMode, modes.responseHeaders),
  };
}

function shown(mode: number | undefined, before: boolean): boolean {
  if (mode === headerSendModes.send) return true;
  return mode === headerSendModes.skip ? false : before;
}
