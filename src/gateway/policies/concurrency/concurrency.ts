import { GatewayError } from '../../../base/errors.ts';
import { toJs } from '../../../expr/cel/output.ts';
import { KeyedTable } from '../../../telemetry/shared/keyed-table.ts';
import { SharedPlaces } from '../../../telemetry/shared/places.ts';
import type { Exchange } from '../../exchange.ts';
import { placesArea } from '../../rate-limit/areas.ts';
import { keysOf } from '../../rate-limit/keys.ts';
import type { PolicyFactory, Verdict } from '../policy.ts';
import { WaitingLines } from './waiting-line.ts';

/** Seconds after which who was refused may try again: how long requests take is not known. */
const retryAfter = 1;

/** Lets only so many requests be under way at once, for all or for each key; others wait for their turn, or are refused. */
export const concurrency: PolicyFactory<'concurrency'> = {
  kind: 'concurrency',
  compile(spec, context) {
    const { max, queue } = spec;
    const { name, shape } = placesArea(spec, context.workers);
    const places = new SharedPlaces(context.area(name, KeyedTable.bytesOf(shape)), shape.keys, max);
    const lines = new WaitingLines(places);
    const keys = keysOf([spec.key], context.expressions);
    const priority = queue?.priority === undefined ? null : context.expressions.program(queue.priority, 'request');
    const hold = (x: Exchange, key: string): void => {
      x.onClose(() => {
        places.giveBack(key);
        lines.freed(key);
      });
    };
    const wait = async (x: Exchange, key: string, admitted: Promise<boolean>): Promise<undefined> => {
      if (!(await admitted)) throw refusal(x, 'no place became free in time');
      hold(x, key);
      return undefined;
    };
    return {
      kind: 'concurrency',
      request: function limitConcurrency(x: Exchange): Verdict {
        const [key = ''] = keys(x);
        if (places.tryTake(key)) {
          hold(x, key);
          return undefined;
        }
        if (queue === undefined) throw refusal(x, 'too many requests at the same time');
        const urgency = priority === null ? 0 : toJs(priority.evaluate(x.attributes()));
        const place = lines.join(key, typeof urgency === 'number' ? urgency : 0, queue.max, queue.timeoutMs);
        if (place === null) throw refusal(x, 'too many requests at the same time, and too many that wait');
        x.onClose(place.leave);
        return wait(x, key, place.admitted);
      },
      response: null,
    };
  },
};

function refusal(x: Exchange, message: string): GatewayError {
  x.bind.recorder.limited('concurrency');
  return new GatewayError('concurrencyLimitExceeded', `${message}; try again later`, { retryAfter });
}
