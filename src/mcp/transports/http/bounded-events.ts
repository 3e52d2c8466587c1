import type { SseDecoder, SseEvent } from '../../../net/http/sse.ts';
import { tooLarge } from '../transport.ts';

/**
 * The events that a chunk completes.
 * @param maxBytes Of one, which `decoder` keeps no more than, either.
 * @throws TargetError when one is larger.
 */
export function boundedEvents(decoder: SseDecoder, chunk: Uint8Array, maxBytes: number): SseEvent[] {
  try {
    const events = decoder.push(chunk);
    for (const { data } of events) if (data.length > maxBytes) throw new RangeError('the event is too large');
    return events;
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(maxBytes, error) : error;
  }
}
