import type * as Zlib from 'node:zlib';
import { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from './headers.ts';

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }, done: Done) => void;
type Done = (error: Error | null, result: Buffer) => void;

/** By coding; node:zlib is loaded with the first body, since most processes never need its megabyte. */
const decoders: Readonly<Record<string, () => Decoder>> = {
  gzip: () => zlib().gunzip,
  'x-gzip': () => zlib().gunzip,
  deflate: () => zlib().inflate,
  br: () => zlib().brotliDecompress,
  zstd: () => zlib().zstdDecompress,
};

function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib');
}

/**
 * A whole body without its content codings (RFC 9110 §8.4): as it is where it has none. Rejects with `responseTooLarge`
 * above `maxBytes`, with `upstreamProtocol` for an unknown coding and for bytes that are none of it.
 */
export async function decodeBody(body: Buffer, headers: HeaderList, maxBytes: number): Promise<Buffer> {
  const codings = (headers.combined('content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  // Each coding multiplies what a few bytes can become; two of them have no use.
  if (codings.length > 2) throw new GatewayError('upstreamProtocol', 'the body is encoded more than twice');
  let bytes = body;
  for (const coding of codings.toReversed()) bytes = await decode(bytes, coding, maxBytes);
  return bytes;
}

function decode(bytes: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding]?.() : undefined;
  if (decoder === undefined) throw new GatewayError('upstreamProtocol', 'the body has an unknown content coding');
  return new Promise((resolve, reject) => {
    decoder(bytes, { maxOutputLength: maxBytes }, (cause, result) => {
      if (cause === null) resolve(result);
      else if ('code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') reject(new GatewayError('responseTooLarge'));
      else reject(new GatewayError('upstreamProtocol', 'the body is not what its content coding says', { cause }));
    });
  });
}
