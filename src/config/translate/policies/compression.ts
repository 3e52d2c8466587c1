import type { CompressionSpec } from '../../../model/policies/compression.ts';
import type { Compression } from '../../schema/web-policies.ts';
import { report, type Context, type Path } from '../context.ts';

/** `compression`. */
export function compression(context: Context, path: Path, config: Compression): CompressionSpec {
  const types = config.types.map((type) => type.toLowerCase());
  for (const [index, type] of types.entries()) {
    if (/^[^\s/;,]+\/[^\s/;,]+$/.test(type)) continue;
    report(context, [...path, 'types', index], `${JSON.stringify(type)} is no media type such as text/html or text/*`);
  }
  return {
    encodings: [...new Set(config.encodings)],
    minSize: config.minSize,
    types,
    eventStreams: config.eventStreams,
  };
}
