import type { LlmRouteType } from '../../model/llm.ts';
import type { ClientFormat } from '../pivot/format.ts';
import type { PivotError } from '../pivot/response.ts';

/** How a stream of a format ends. */
interface Ending {
  /** What its last event says, and what is added when a server leaves it out; absent: the reason to stop is enough. */
  readonly terminator?: string;
  /** The event by which a stream fails, with its number; absent: its error body as data. */
  readonly error?: (error: PivotError, format: ClientFormat, number: number) => string;
}

/** Rows for formats that differ from one whose errors are plain data events and that has no last event of its own. */
const endings: ReadonlyMap<LlmRouteType, Ending> = new Map<LlmRouteType, Ending>([
  ['completions', { terminator: '[DONE]' }],
  ['legacyCompletions', { terminator: '[DONE]' }],
  ['messages', { error: named }],
  [
    'responses',
    {
      // OpenAI API reference: the `error` streaming event.
      error: ({ code, type, message, param }, _format, number) =>
        event('error', { type: 'error', code: code ?? type, message, param, sequence_number: number }),
    },
  ],
]);

/** The text that must end a stream of `type`, or null. */
export function terminatorOf(type: LlmRouteType): string | null {
  return endings.get(type)?.terminator ?? null;
}

/**
 * The event that tells clients of `format` that their stream has failed.
 *
 * @param number Of the event, where the format numbers its events.
 */
export function errorEvent(format: ClientFormat, error: PivotError, number: number): string {
  const write = endings.get(format.format)?.error;
  return write === undefined ? `data: ${JSON.stringify(format.writeError(error))}\n\n` : write(error, format, number);
}

function named(error: PivotError, format: ClientFormat): string {
  return event('error', format.writeError(error));
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
