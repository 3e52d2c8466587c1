import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { readFailure } from './failure.ts';
import { createdAt, readStop } from './read-response.ts';
import { StreamedItems } from './read-stream-items.ts';
import { readUsage } from './usage.ts';

const NONE: readonly PivotEvent[] = [];
/** What is no event, as an error of the upstream's. */
const NOT_AN_EVENT = { message: 'the upstream sent an event that is not a JSON object', code: 502 };

/**
 * Reads the events of a response. Each may be missing but the last: what was not streamed is taken from the events that
 * end a part, an item and the response. Only `response.completed` and `response.incomplete` end a stream well.
 */
export class ResponsesStreamReader implements StreamReader {
  #started = false;
  #over = false;
  readonly #items = new StreamedItems();

  event(name: string, data: string): readonly PivotEvent[] {
    if (this.#over || data === '' || data.trim() === '[DONE]') return NONE;
    const event = parseJson(data);
    if (!isJsonRecord(event)) return this.#fail(NOT_AN_EVENT);
    const type = typeof event['type'] === 'string' ? event['type'] : name;
    const response = isJsonRecord(event['response']) ? event['response'] : null;
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#start(response ?? {});
      case 'response.completed':
      case 'response.incomplete':
        return this.#complete(type, response ?? {});
      case 'response.failed':
      case 'response.cancelled':
        return this.#fail(response?.['error'] ?? `the response ${type.slice('response.'.length)}`);
      case 'error':
        return this.#fail(event['error'] ?? event);
      default: {
        if (type === '' && event['error'] !== undefined) return this.#fail(event['error']);
        const events = this.#items.read(type, event);
        return events.length === 0 || this.#started ? events : [...this.#start({}), ...events];
      }
    }
  }

  end(): readonly PivotEvent[] {
    return [{ kind: 'end' }];
  }

  #start(response: JsonObject): readonly PivotEvent[] {
    if (this.#started) return NONE;
    this.#started = true;
    const { id, model } = response;
    return [
      {
        kind: 'start',
        id: typeof id === 'string' ? id : '',
        model: typeof model === 'string' ? model : '',
        created: createdAt(response),
      },
    ];
  }

  #complete(type: string, response: JsonObject): readonly PivotEvent[] {
    if (response['status'] === 'failed') return this.#fail(response['error'] ?? 'the response failed');
    this.#over = true;
    const events = [...this.#start(response), ...this.#items.whole(response['output'])];
    const status = type.slice('response.'.length);
    events.push({ kind: 'stop', stop: readStop({ ...response, status }, this.#items.hasCalls), stopSequence: null });
    const usage = readUsage(response['usage']);
    if (usage !== null) events.push({ kind: 'usage', usage });
    return events;
  }

  #fail(error: unknown): readonly PivotEvent[] {
    this.#over = true;
    return [{ kind: 'error', error: readFailure(error) }];
  }
}
