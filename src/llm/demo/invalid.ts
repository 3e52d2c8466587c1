import { errorReply, type LlmReply } from '../answer.ts';

/** A request that the demo refuses as a real provider would; becomes a 400 answer. */
export class InvalidRequest extends Error {
  readonly reply: LlmReply;

  constructor(code: string, message: string, param: string) {
    super(message);
    this.name = 'InvalidRequest';
    this.reply = errorReply(400, code, message, param);
  }
}

/** Refuses a request without `param`. */
export function missing(param: string): never {
  throw new InvalidRequest('missing_required_parameter', `Missing required parameter: '${param}'.`, param);
}

/** Refuses a value of the wrong kind. */
export function wrongType(param: string, expected: string): never {
  throw new InvalidRequest('invalid_type', `Invalid type for '${param}': expected ${expected}.`, param);
}

/** Refuses a value out of range. */
export function wrongValue(param: string, expected: string): never {
  throw new InvalidRequest('invalid_value', `Invalid value for '${param}': expected ${expected}.`, param);
}

/** Refuses what the demo does not do. */
export function unsupported(param: string): never {
  throw new InvalidRequest('unsupported_parameter', `The demo model does not support '${param}'.`, param);
}
