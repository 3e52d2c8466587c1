import type { CompressionSpec } from '../../../model/policies/compression.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import { compileMediaTypes } from './media-types.ts';

/** Whether a response may be compressed, whatever its client takes. */
export function compileEligible(spec: CompressionSpec): (head: ResponseHead) => boolean {
  const isListed = compileMediaTypes(spec.types);
  return function isEligible({ status, headers, bodyLength }) {
    const type = headers.get('content-type');
    if (type === undefined || status === 206 || status < 200 || headers.has('content-range')) return false;
    if (bodyLength !== UNKNOWN_LENGTH && bodyLength < spec.minSize) return false;
    if (!(isEventStream(type) ? spec.eventStreams : isListed(type))) return false;
    // Never twice, and never where someone asked to let it be (RFC 9111 §5.2.2.6).
    if ((headers.combined('content-encoding') ?? 'identity').toLowerCase() !== 'identity') return false;
    return !(headers.combined('cache-control') ?? '').toLowerCase().includes('no-transform');
  };
}

function isEventStream(type: string): boolean {
  return type.slice(0, 'text/event-stream'.length).toLowerCase() === 'text/event-stream';
}
