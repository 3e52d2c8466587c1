import type { BufferLimit, BufferSpec } from '../../../model/policy.ts';
import type { BufferBody, BufferPolicy } from '../../schema/limits.ts';
import type { Context, Path } from '../context.ts';

/** `buffer`. */
export function buffer(_context: Context, _path: Path, config: BufferPolicy): BufferSpec {
  return {
    ...(config.request === undefined ? {} : { request: bufferLimit(config.request) }),
    ...(config.response === undefined ? {} : { response: bufferLimit(config.response) }),
  };
}

function bufferLimit(config: BufferBody): BufferLimit {
  return {
    ...(config.maxBytes === undefined ? {} : { maxBytes: config.maxBytes }),
    failureMode: config.failureMode,
  };
}
