import { after, cancelTimer } from '../base/clock.ts';
import { text, type Reply, type StreamReply } from './reply.ts';

/** Shows the steps of live requests for which an expression is true (null: of all); yields how to end it. */
export type WatchRequests = (expression: string | null, take: (event: TraceStepEvent) => void) => () => void;

/** One step of a request. */
export interface TraceStepEvent {
  readonly step: string;
  readonly [detail: string]: unknown;
}

/** A trace that somebody forgot ends by itself. */
const longestMs = 10 * 60_000;

/**
 * Steps of live requests as server-sent events (HTML Living Standard §9.2), one JSON object each, named for their step;
 * 400 for a wrong expression. What a slow client does not take is dropped and counted in an event `dropped`.
 */
export function traceStream(watch: WatchRequests, expression: string | null): Reply | StreamReply {
  let take: (event: TraceStepEvent) => void = () => undefined;
  let end: () => void;
  try {
    end = watch(expression === '' ? null : expression, (event) => take(event));
  } catch (error) {
    return text(400, `${(error as Error).message}\n`);
  }
  return {
    status: 200,
    contentType: 'text/event-stream',
    open(stream) {
      let dropped = 0;
      stream.write(': waiting for requests\n\n');
      take = (event) => {
        if (dropped > 0 && stream.write(sse('dropped', { events: dropped }))) dropped = 0;
        if (!stream.write(sse(event.step, event))) dropped++;
      };
      const timer = after(longestMs, () => {
        stream.write(sse('timeout', {}));
        stream.end();
      });
      return () => {
        cancelTimer(timer);
        end();
      };
    },
  };
}

function sse(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
