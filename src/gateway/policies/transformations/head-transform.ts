import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { Verdict } from '../policy.ts';
import type { ResponseStage } from '../stage.ts';
import type { ChangeFields } from './fields.ts';
import { changedResponse } from './pseudo.ts';

/** Changes the head of a response, whose body passes as it comes. */
export class HeadTransform implements ResponseStage {
  readonly #x: Exchange;
  readonly #change: ChangeFields;

  constructor(x: Exchange, change: ChangeFields) {
    this.#x = x;
    this.#change = change;
  }

  head(head: ResponseHead): Verdict {
    this.#change(this.#x, this.#x.attributesWith(head), changedResponse(head));
    return undefined;
  }

  chunk(bytes: Buffer): Buffer {
    return bytes;
  }

  end(): null {
    return null;
  }

  abort(): void {}
}
